package execflag

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gorun-dev/gorun/internal/plainfile"
)

// goFlags returns GOFLAGS as a go command in a directory sees it: of the environment,
// else of the file of `go env -w`, else of the toolchain's own (cmd/go/internal/cfg,
// Getenv). Asking `go env` would take as long as half of a small program's start.
func goFlags(getenv func(string) string, goroot string) string {
	if v := getenv("GOFLAGS"); v != "" {
		return v
	}
	file := getenv("GOENV")
	if file == "" {
		if dir, err := os.UserConfigDir(); err == nil {
			file = filepath.Join(dir, "go", "env")
		}
	}
	if file != "off" {
		if v, ok := envFile(file)["GOFLAGS"]; ok {
			return v
		}
	}
	return envFile(filepath.Join(goroot, "go.env"))["GOFLAGS"]
}

// envFile reads a file of `go env -w`: lines of NAME=value, the last of a name
// counts, and what does not begin with a capital letter is a comment
// (cmd/go/internal/cfg, readEnvFile).
func envFile(file string) map[string]string {
	vars := map[string]string{}
	data, _ := plainfile.Read(file) // mostly there is none
	for line := range strings.Lines(string(data)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if ok && name != "" && name[0] >= 'A' && name[0] <= 'Z' {
			vars[name] = value
		}
	}
	return vars
}
