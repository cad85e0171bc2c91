// Package hook runs a command that the user wants run at a point of gorun's work:
// before a build, after the program has ended, and so on.
//
// A Command says what to run; Start gives a Run, a value in flight that ends by
// itself, at its timeout, or by Cancel. Invariant: when Done is closed, nothing
// that the command has started runs any more, and all that it has printed has
// been written. Its standard input is the null device, and it is in a process
// group of its own: a terminal's ^C is for the program, whose cleanup may be the
// very command that runs. It never outlives gorun (procgroup sees to that).
//
// When which command runs, and what becomes of a reload whose command fails, is
// live's to know; how its lines look is console's.
package hook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// cancelGrace is how long a command that is cancelled, and what one has left
// running, may take to end: as long as gorun gives the go command.
const cancelGrace = 2 * time.Second

// notStarted is the status of a command that there is none of, as a shell's.
const notStarted = 127

// A Command is a command line with its limits.
type Command struct {
	Path    string        // the executable; relative to Dir if it is relative
	Args    []string      // the whole of argv
	Dir     string        // where it runs
	Env     []string      // its whole environment
	Timeout time.Duration // after which it and everything it started is killed; must be more than 0

	After []<-chan struct{} // it starts when all of these are closed

	Output io.WriteCloser // what it prints, both streams in the order written; closed at the end
	Debug  func(format string, args ...any)
}

// A Run is a command in flight. Its methods may be called from any goroutine.
type Run struct {
	cancel func()        // closes cancelled, once
	done   chan struct{} // closed when all is over

	// Written before done is closed, read after.
	status int
	err    error
	took   time.Duration
}

// Start starts a command. It does not wait, not even for its start.
func Start(c Command) *Run {
	cancelled := make(chan struct{})
	r := &Run{cancel: sync.OnceFunc(func() { close(cancelled) }), done: make(chan struct{})}
	begin := time.Now()
	go func() {
		r.status, r.err = c.run(cancelled)
		r.took = time.Since(begin)
		c.Output.Close()
		close(r.done)
	}()
	return r
}

// Await returns a Run that does nothing but wait until after is closed.
func Await(after <-chan struct{}) *Run {
	cancelled := make(chan struct{})
	r := &Run{cancel: sync.OnceFunc(func() { close(cancelled) }), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		select {
		case <-after:
		case <-cancelled:
			r.status, r.err = notStarted, context.Canceled
		}
	}()
	return r
}

// Failed returns a Run that is over: it could not be started.
func Failed(err error) *Run {
	r := &Run{cancel: func() {}, done: make(chan struct{}), status: notStarted, err: err}
	close(r.done)
	return r
}

// Cancel begins to end the command: SIGTERM for it and everything it started, a
// grace, SIGKILL.
func (r *Run) Cancel() { r.cancel() }

// Done is closed when the command and everything it started is gone.
func (r *Run) Done() <-chan struct{} { return r.done }

// Err says how the command failed, nil if it ended with status 0; after Cancel it is
// context.Canceled, unless the command ended well all the same. It waits for Done.
func (r *Run) Err() error {
	<-r.done
	return r.err
}

// Status is the command's exit status as a shell would tell it. It waits for Done.
func (r *Run) Status() int {
	<-r.done
	return r.status
}

// Took is how long it ran. It waits for Done.
func (r *Run) Took() time.Duration {
	<-r.done
	return r.took
}

// run runs the command to its end.
func (c Command) run(cancelled <-chan struct{}) (int, error) {
	for _, after := range c.After {
		select {
		case <-after:
		case <-cancelled:
			return notStarted, context.Canceled
		}
	}
	out, in, err := os.Pipe()
	if err != nil {
		return notStarted, fmt.Errorf("making a pipe for its output: %w", err)
	}
	defer out.Close()
	group, err := procgroup.Start(procgroup.Spec{
		Path: c.Path, Args: c.Args, Dir: c.Dir, Env: c.Env,
		Stdout: in, Stderr: in,
		Signal: syscall.SIGTERM, Grace: cancelGrace, Apart: true,
		Debug: c.Debug,
	})
	in.Close() // the command has its own
	if err != nil {
		return notStarted, err
	}
	copied := make(chan struct{}) // closed when the last holder of the pipe is gone
	go func() {
		defer close(copied)
		_, _ = io.Copy(c.Output, out)
	}()
	limit := time.NewTimer(c.Timeout) // not before it runs
	defer limit.Stop()
	late := false
	select {
	case <-group.Exited():
	case <-limit.C:
		late = true
		group.Kill()
	case <-cancelled:
		group.Stop()
	}
	<-group.Done()
	if len(group.Left()) > 0 {
		// Another user's process (sudo), which may hold the pipe for ever.
		_ = out.SetReadDeadline(time.Now())
	}
	<-copied
	outcome := group.Outcome()
	switch {
	case late:
		return outcome.ExitStatus(), fmt.Errorf("not done in %v, killed", c.Timeout)
	case isClosed(cancelled) && !outcome.Success():
		return outcome.ExitStatus(), context.Canceled
	case !outcome.Success():
		return outcome.ExitStatus(), errors.New(outcome.String())
	}
	return 0, nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
