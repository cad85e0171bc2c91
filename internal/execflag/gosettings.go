package execflag

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gorun-dev/gorun/internal/plainfile"
)

// goSettings are the settings of a go command.
type goSettings struct {
	getenv func(name string) string // the environment
	goroot string                   // its toolchain
}

// get returns a setting as a go command sees it: of the environment, else of the file of
// `go env -w`, else of the toolchain's own (cmd/go/internal/cfg, Getenv); "" is the default.
// Asking `go env` would take as long as half of a small program's start.
func (s goSettings) get(name string) string {
	if v := s.getenv(name); v != "" {
		return v
	}
	file := s.getenv("GOENV")
	if file == "" {
		if dir, err := os.UserConfigDir(); err == nil {
			file = filepath.Join(dir, "go", "env")
		}
	}
	if file != "off" {
		if v, ok := envFile(file)[name]; ok {
			return v
		}
	}
	return envFile(filepath.Join(s.goroot, "go.env"))[name]
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
