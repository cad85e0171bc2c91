package cli

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/goflags"
)

// program returns the process that `go run` would start for an executable: the
// environment (gorun's own, and what -env adds to it) but for PATH, which begins with
// the toolchain's bin directory, and -exec's command before it.
func (c *command) program(e *incremental.Executable, env []string) (exec.Spec, error) {
	spec := exec.Spec{
		Path:   e.Path,
		Args:   append([]string{e.Path}, c.line.Args...),
		Env:    setenv(env, "PATH", e.PATH),
		Dir:    e.Dir,
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Signal: syscall.Signal(c.flags.signal),
		Grace:  c.flags.grace,
		Debug:  c.con.Debug("exec"),

		Listeners: c.listeners,
	}
	if c.flags.debug.address != "" {
		return c.underDebugger(spec, e.PATH)
	}
	words, err := c.execWords(e)
	if err != nil || len(words) == 0 {
		return spec, err
	}
	if spec.Path, err = findIn(e.PATH, words[0]); err != nil {
		return spec, fmt.Errorf("-exec: %w", err)
	}
	spec.Args = append(words, spec.Args...)
	return spec, nil
}

// execWords returns the command that runs the executable, if there is one: that
// of -exec on the command line or in GOFLAGS, else go_GOOS_GOARCH_exec where the
// program is for another machine (go help run).
func (c *command) execWords(e *incremental.Executable) ([]string, error) {
	if c.line.Exec != nil || e.Plain {
		return c.line.Exec, nil
	}
	words, err := goflags.ExecFromEnv(c.goFlags(toolchainOf(e.PATH)))
	if err != nil || words != nil {
		return words, err
	}
	goos, goarch := target(e.Path)
	if goos == runtime.GOOS && goarch == runtime.GOARCH {
		return nil, nil
	}
	if path, err := findIn(e.PATH, fmt.Sprintf("go_%s_%s_exec", goos, goarch)); err == nil {
		return []string{path}, nil
	}
	return nil, nil
}

// target returns what machine an executable is for, as it says itself.
func target(exe string) (goos, goarch string) {
	goos, goarch = runtime.GOOS, runtime.GOARCH
	info, err := buildinfo.ReadFile(exe)
	if err != nil {
		return goos, goarch
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "GOOS":
			goos = s.Value
		case "GOARCH":
			goarch = s.Value
		}
	}
	return goos, goarch
}

// findIn looks a command up as a shell with that PATH would.
func findIn(path, name string) (string, error) {
	if filepath.Base(name) != name {
		return name, nil
	}
	if file, ok := gocmd.Look(path, name); ok {
		return file, nil
	}
	return "", fmt.Errorf("there is no %q in PATH", name)
}

// setenv returns env with one variable set, in its place where it had one.
func setenv(env []string, name, value string) []string {
	prefix := name + "="
	out := make([]string, 0, len(env)+1)
	set := false
	for _, kv := range env {
		if len(kv) >= len(prefix) && kv[:len(prefix)] == prefix {
			if set {
				continue
			}
			set = true
			kv = prefix + value
		}
		out = append(out, kv)
	}
	if !set && value != "" {
		out = append(out, prefix+value)
	}
	return out
}
