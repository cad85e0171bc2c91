package config

import (
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/project"
)

// Name is what the file is called.
const Name = "gorun.toml"

// Candidates returns where the file may be for a gorun that runs in dir: beside
// the go.mod that governs dir; and beside the go.work that does, for where the
// module has none of its own. The first one that is there counts. There is no
// candidate outside of modules.
//
// The directories are found as the go command finds them: go.mod in dir or the nearest
// directory above, go.work likewise, or as GOWORK says (cmd/go/internal/modload,
// FindGoMod and FindGoWork).
func Candidates(dir string, getenv func(string) string) []string {
	if getenv("GO111MODULE") == "off" {
		return nil
	}
	var list []string
	if root := project.Above(dir, "go.mod"); root != "" {
		list = append(list, filepath.Join(root, Name))
	}
	root := ""
	switch work := getenv("GOWORK"); work {
	case "off":
	case "", "auto":
		root = project.Above(dir, "go.work")
	default:
		if filepath.IsAbs(work) {
			root = filepath.Dir(work)
		}
	}
	if file := filepath.Join(root, Name); root != "" && (len(list) == 0 || list[0] != file) {
		list = append(list, file)
	}
	return list
}
