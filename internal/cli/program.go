package cli

import (
	"os"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/execflag"
	"github.com/gorun-dev/gorun/internal/programs"
	"github.com/gorun-dev/gorun/internal/ready"
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

// A program is a running program with what says that it is ready.
type program struct {
	*exec.Program
	watch *ready.Watch // nil without -ready
}

// start starts a program, which prints to output, or if that is nil, as the spec says.
func (c *command) start(spec exec.Spec, output *programs.Lines) (program, error) {
	var p program
	if c.flags.Ready.Probe != nil {
		p.watch = c.flags.Ready.Probe.Watch()
		spec.Ready = p.watch.Await
		spec.Lines = p.watch.Lines()
	}
	spec, started, err := output.Redirect(spec)
	if err != nil {
		return p, err
	}
	defer started()
	p.Program, err = exec.Start(spec)
	return p, err
}

// Missing says what the program has not done, if it is not ready.
func (p program) Missing() string {
	if p.watch == nil {
		return ""
	}
	return p.watch.Missing()
}
