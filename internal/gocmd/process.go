package gocmd

import (
	"fmt"
	"os"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// A Process is a tool that was started and is talked to while it runs. Like every other, it does not
// outlive gorun.
type Process struct {
	group *procgroup.Group
	said  *capture
}

// Start starts the tool with two streams of the caller's, who closes his copies of them; nil is the null
// device. What it writes to its standard error is captured.
func (t Tool) Start(stdin, stdout *os.File) (*Process, error) {
	p := &Process{said: new(capture)}
	stderr, err := p.said.open()
	if err != nil {
		return nil, err
	}
	spec := procgroup.Spec{
		Path: t.Argv[0], Args: t.Argv, Dir: t.Dir, Env: t.Env, Priority: t.Priority, LeaveRest: true,
		Stdin: stdin, Stdout: stdout, Stderr: stderr,
	}
	p.group, err = procgroup.Start(spec)
	p.said.started()
	if err != nil {
		p.said.close()
		return nil, fmt.Errorf("starting %s: %w", programName(spec), err)
	}
	return p, nil
}

// Kill ends the tool and all that it has started.
func (p *Process) Kill() { p.group.Kill() }

// Done is closed when the tool has ended.
func (p *Process) Done() <-chan struct{} { return p.group.Done() }

// Wait waits for the tool's end and returns its status and what it wrote to its standard error. It is called
// once.
func (p *Process) Wait() Result {
	<-p.group.Done()
	return Result{Status: p.group.Outcome().ExitStatus(), Stderr: p.said.close()}
}
