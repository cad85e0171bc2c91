package cli

import (
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/ready"
)

// A program is a running program with what says that it is ready.
type program struct {
	*exec.Program
	watch *ready.Watch // nil without -ready
}

// start starts a program.
func (c *command) start(spec exec.Spec) (program, error) {
	var p program
	if c.flags.ready.probe != nil {
		p.watch = c.flags.ready.probe.Watch()
		spec.Ready = p.watch.Await
		spec.Lines = p.watch.Lines()
	}
	var err error
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
