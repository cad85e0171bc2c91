package cli

import (
	"os"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/execflag"
)

// program returns the process that `go run` would start for an executable: the
// environment env (gorun's own with what the go command changes, and what -env adds to
// it), PATH, which begins with the toolchain's bin directory, and the command of -exec, or
// dlv, before it.
func (c *command) program(e *incremental.Executable, env []string) (exec.Spec, error) {
	spec := exec.Spec{
		Path:   e.Path,
		Args:   append([]string{e.Path}, c.line.Args...),
		Env:    env,
		Dir:    c.dir,
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Signal: c.flags.Signal,
		Grace:  c.flags.Grace,
		Debug:  c.con.Debug("exec"),

		Listeners: c.listeners,
	}
	if _, had := environ.Lookup(env, "PATH"); had || e.PATH != "" {
		spec.Env = environ.Set(env, "PATH="+e.PATH)
	}
	var err error
	if c.flags.Debug.Address != "" {
		spec.Path, spec.Args, err = c.flags.Debug.Command(e.Path, spec.Args, e.PATH, c.getenv)
		return spec, err
	}
	if c.line.Exec == nil && e.Plain {
		return spec, nil
	}
	getenv := environ.Getenv(e.Environ.Apply(c.env)) // in which the go command has looked GOFLAGS up
	file, words, err := execflag.Words(c.line.Exec, e.PATH, getenv)
	if words != nil {
		spec.Path, spec.Args = file, append(words, spec.Args...)
	}
	return spec, err
}
