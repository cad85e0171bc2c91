package generate

import (
	"flag"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/goflags"
)

// A toolCall is how a directive starts a generator by its package.
type toolCall struct {
	dir      string   // where the packages are named from
	flags    []string // that decide which files there are
	patterns []string // one package, or .go files
	tool     string   // with `go tool`: its name; then patterns are still to be found
}

// findToolCall returns the package that a directive runs, nil if it runs a command, or
// another version of a package than the one here. own registers gorun's flags.
func findToolCall(d *Directive, own func(*flag.FlagSet)) *toolCall {
	if len(d.Words) < 2 {
		return nil
	}
	args := d.Words[1:]
	switch program := strings.TrimSuffix(filepath.Base(filepath.FromSlash(d.Words[0])), ".exe"); {
	case program == "go" && args[0] == "run":
		return parseGoRun(d.Dir, args[1:], nil)
	case program == "go" && args[0] == "tool":
		return parseGoTool(d.Dir, args[1:])
	case program == "gorun":
		return parseGoRun(d.Dir, args, own)
	}
	return nil
}

func parseGoRun(dir string, args []string, own func(*flag.FlagSet)) *toolCall {
	line, err := goflags.Split(args, own)
	if err != nil || line.Versioned || len(line.Packages) == 0 {
		return nil
	}
	return &toolCall{dir: join(dir, line.Chdir), flags: line.ListFlags(), patterns: line.Packages}
}

// parseGoTool reads the arguments of `go tool`: its own flags, then the tool's name.
func parseGoTool(dir string, args []string) *toolCall {
	line, err := goflags.Split(args, nil)
	if err != nil || len(line.Packages) == 0 || line.Files {
		return nil
	}
	return &toolCall{dir: join(dir, line.Chdir), flags: line.ListFlags(), tool: line.Packages[0]}
}

func join(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

func (c *toolCall) key() string {
	return strings.Join(slices.Concat([]string{c.dir, c.tool}, c.flags, []string{"--"}, c.patterns), "\x00")
}

// toolPackage picks the tool that a name means from the import paths of go.mod's
// tool lines (loadModTool in cmd/go/internal/tool); "" if that is none or several.
func toolPackage(name string, tools []string) string {
	var found string
	for _, path := range tools {
		if path != name && commandName(path) != name {
			continue
		}
		if found != "" {
			return ""
		}
		found = path
	}
	return found
}

// commandName is the name of a package's executable: the last element of its import
// path, or the one before a version.
func commandName(path string) string {
	dir, last := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir, last = path[:i], path[i+1:]
	}
	if dir != "" && isVersion(last) {
		return dir[strings.LastIndexByte(dir, '/')+1:]
	}
	return last
}

// isVersion reports whether an element of an import path is a major version: v2 and up.
func isVersion(elem string) bool {
	if len(elem) < 2 || elem[0] != 'v' || elem[1] == '0' || elem == "v1" {
		return false
	}
	return strings.Trim(elem[1:], "0123456789") == ""
}
