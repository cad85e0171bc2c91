package exec

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/startfailure"
)

// A Spec says what to run and how to stop it.
type Spec struct {
	Path string   // the executable; not looked up in PATH
	Args []string // the whole of argv; Args[0] is the name that go run gives
	Env  []string // the whole environment; nil means gorun's own
	Dir  string   // working directory; "" means gorun's own

	Stdin, Stdout, Stderr *os.File // nil means the null device

	Signal syscall.Signal // what a stop begins with; 0 means SIGTERM
	Grace  time.Duration  // from that signal to SIGKILL; 0 means SIGKILL at once

	// Ready waits until the program can do its work. It has Program.Dial to ask
	// with, and a context that ends with the program; the error then is the
	// context's. Nil means what Program.Ready says.
	Ready func(ctx context.Context, dial Dial) error

	// Lines gets each line that the program prints, on either stream, without its
	// end, from up to two goroutines; of a line of more than 64 KiB the first 64.
	// The program then writes into pipes, from which gorun passes everything on
	// unchanged, and sees no terminal on them. Nil means that it has Stdout and
	// Stderr themselves.
	Lines func(line []byte)

	// ErrorLines gets each line that the program prints on its standard error, as Lines
	// does, and costs the program the terminal on that stream alone.
	ErrorLines func(line []byte)

	Ports *Ports // keeps the program's listeners; nil means that it does so itself

	Listeners *Listeners // handed to the program; nil means none

	Apart bool // what the terminal sends is kept away from the program; see procgroup.Spec

	Debug func(format string, args ...any) // a line per change of state; nil means none
}

func (s Spec) group() procgroup.Spec {
	return procgroup.Spec{
		Path: s.Path, Args: s.Args, Env: s.Env, Dir: s.Dir,
		Stdin: s.Stdin, Stdout: s.Stdout, Stderr: s.Stderr,
		Signal: s.Signal, Grace: s.Grace, Debug: s.Debug,
		Listeners: s.Listeners.group(), Apart: s.Apart,
	}
}

type (
	// An Outcome is how a program that ran came to its end.
	Outcome = procgroup.Outcome
	// A Survivor is a process that could not be killed.
	Survivor = procgroup.Survivor
	// A StartError says that a program did not start, and why.
	StartError = startfailure.Error
	// Ended is what Become returns where there is no execve.
	Ended = procgroup.Ended
)

// A Program is a running program with everything it started. Its methods may
// be called from any goroutine, at any time, any number of times; only Outcome
// and Left wait.
type Program struct {
	group    *procgroup.Group
	grace    time.Duration
	portUser *portUser
	retire   sync.Once
	draining atomic.Bool
	probe    func(context.Context, Dial) error
	output   *output
	ready    chan struct{} // closed by awaitReady
	done     chan struct{} // closed by watch
}

// Start starts a program. It returns when the program runs, or with a
// [*StartError] when it is known that it cannot be started. An executable that
// is still open for writing is tried again for three seconds.
func Start(spec Spec) (*Program, error) {
	modes.programStarts()
	group := spec.group()
	out, err := pipeOutput(&group, spec.Lines, spec.ErrorLines)
	if err != nil {
		modes.programEnded()
		return nil, &StartError{Path: spec.Path, Detail: err.Error(), Err: err}
	}
	user := spec.Ports.newUser(&group)
	g, err := procgroup.Start(group)
	out.closeProgramEnds()
	if err != nil {
		user.started(0)
		out.wait(false)
		modes.programEnded()
		return nil, err
	}
	user.started(g.Pid())
	p := &Program{
		group: g, grace: spec.Grace, portUser: user, probe: spec.Ready, output: out,
		ready: make(chan struct{}), done: make(chan struct{}),
	}
	go p.awaitReady()
	go p.watch()
	return p, nil
}

func (p *Program) watch() {
	<-p.group.Exited()
	p.portUser.ended(p.group.Outcome().String())
	// When everything is gone, not when the program has ended: what is left
	// may hold the terminal, too.
	<-p.group.Done()
	p.output.wait(len(p.group.Left()) > 0)
	modes.programEnded()
	close(p.done)
}

// Pid is the program's process ID.
func (p *Program) Pid() int { return p.group.Pid() }

// Exited is closed when the program itself has ended; what it started may
// still be on its way out.
func (p *Program) Exited() <-chan struct{} { return p.group.Exited() }

// Done is closed when the program and everything it started is gone, and the
// terminal is as it was. A program that ends by itself takes along what it
// started: that gets the signal, the grace, and SIGKILL, as at a stop. What could
// not be killed is not waited for: see Left.
func (p *Program) Done() <-chan struct{} { return p.done }

// Gone is closed when nothing is left at all, what could not be killed included. That
// is after Done if Left names somebody.
func (p *Program) Gone() <-chan struct{} { return p.group.Gone() }

// Outcome is how the program ended. It waits for Exited.
func (p *Program) Outcome() Outcome { return p.group.Outcome() }

// Left lists the processes that could not be killed so far, because they belong to
// another user (sudo) or hang in the kernel. It waits for everything else.
func (p *Program) Left() []Survivor { return p.group.Left() }

// Obstructed is closed when the program, or what it has started, could not bind an address of a kept port
// because another version has that port open. Obstacle says so in words, once it is closed.
func (p *Program) Obstructed() <-chan struct{} {
	c, _ := p.portUser.obstruction()
	return c
}

// Obstacle names the address that could not be bound, and what was in the way.
func (p *Program) Obstacle() string {
	<-p.Obstructed()
	_, what := p.portUser.obstruction()
	return what
}

// Stop begins to stop the program and everything it started: Spec.Signal,
// Spec.Grace, SIGKILL.
func (p *Program) Stop() { p.group.Stop() }

// StopFor is Stop because of a signal that gorun itself received. That signal
// takes the place of Spec.Signal, and reaches nobody twice whom the terminal,
// or a kill of the process group, has sent it to already.
func (p *Program) StopFor(sig syscall.Signal) { p.group.StopFor(sig) }

// Forward passes on a signal that gorun itself received, to the program alone,
// unless the terminal, or a kill of the process group, has sent it there
// already.
func (p *Program) Forward(sig syscall.Signal) { p.group.Forward(sig) }

// Signal sends sig to the program, and to it alone. The error is
// [os.ErrProcessDone] if it has ended.
func (p *Program) Signal(sig syscall.Signal) error { return p.group.Signal(sig) }

// Kill sends SIGKILL to the program and everything it started, and ends the
// grace of a Stop.
func (p *Program) Kill() { p.group.Kill() }

// Become makes gorun's process the program (execve) and returns only if that
// failed, with a [*StartError]. On systems without execve it runs the program
// to its end and returns an [*Ended]. Signal and Grace of spec are not used.
func Become(spec Spec) error { return procgroup.Become(spec.group()) }
