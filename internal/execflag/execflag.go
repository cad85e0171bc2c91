// Package execflag says which command `go run` would run a program by: that of -exec on
// the command line, else of -exec in GOFLAGS, else go_GOOS_GOARCH_exec where the program
// is for another machine (go help run).
//
// The invariant: the answer is that of the go command which built the program, whose
// settings are read from where it keeps them. The executable is not asked: not every
// format says what machine it is for in a way that debug/buildinfo reads.
//
// execflag.go has the command, gosettings.go the settings of the go command.
package execflag

import (
	"cmp"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/goflags"
)

// Words returns the command, and looks its first word up, for an executable of a go
// command that has given its programs this PATH; nil if the program runs by itself. The
// words are those of the command line's -exec: nil if that was not given.
func Words(line []string, path string, getenv func(string) string) (file string, words []string, err error) {
	words = line
	settings := goSettings{getenv: getenv, goroot: toolchainOf(path)}
	if words == nil {
		if words, err = goflags.ExecFromEnv(settings.get("GOFLAGS")); err != nil {
			return "", nil, err
		}
	}
	if words == nil {
		words = forOtherMachine(settings, path)
	}
	if len(words) == 0 {
		return "", nil, nil
	}
	file, err = lookUp(path, words[0])
	return file, words, err
}

// forOtherMachine returns go_GOOS_GOARCH_exec for a program that is built for another
// machine, nil where there is no such command in PATH.
func forOtherMachine(settings goSettings, path string) []string {
	goos := cmp.Or(settings.get("GOOS"), runtime.GOOS)
	goarch := cmp.Or(settings.get("GOARCH"), runtime.GOARCH)
	if goos == runtime.GOOS && goarch == runtime.GOARCH {
		return nil
	}
	file, ok := gocmd.LookUp(path, fmt.Sprintf("go_%s_%s_exec", goos, goarch))
	if !ok {
		return nil
	}
	return []string{file}
}

// lookUp looks a command up as a shell with that PATH would.
func lookUp(path, name string) (file string, err error) {
	if filepath.Base(name) != name {
		return name, nil
	}
	if file, ok := gocmd.LookUp(path, name); ok {
		return file, nil
	}
	return "", fmt.Errorf("-exec: there is no %q in PATH", name)
}

// toolchainOf returns the GOROOT of the go command that has made a program's PATH.
func toolchainOf(path string) string {
	dirs := filepath.SplitList(path)
	if len(dirs) == 0 {
		return ""
	}
	return filepath.Dir(dirs[0])
}
