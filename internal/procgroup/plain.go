//go:build !windows

package procgroup

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/gorun-dev/gorun/internal/startfailure"
)

// A plainLink is the link to an ordinary child: signals reach it alone, and what
// it starts is on its own.
type plainLink struct {
	process *os.Process
	report  chan fact // closed by run
}

// withStreams puts the null device where a standard stream is nil; done closes it.
func (s Spec) withStreams() (_ Spec, done func(), err error) {
	var null *os.File
	for _, f := range []**os.File{&s.Stdin, &s.Stdout, &s.Stderr} {
		if *f != nil {
			continue
		}
		if null == nil {
			if null, err = os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
				return s, nil, err
			}
		}
		*f = null
	}
	return s, func() { null.Close() }, nil // of nil it is an error, which nobody sees
}

// startPlain starts a program whose standard streams are all set.
func startPlain(spec Spec) (link, int, error) {
	// Ignored here, as in what a shell has put in the background, it would be ignored
	// there, too, until the program asks for it.
	if signal.Ignored(spec.Signal) {
		signal.Notify(make(chan os.Signal, 1), spec.Signal)
	}
	l := &plainLink{report: make(chan fact)}
	started := make(chan error)
	go l.run(spec, started)
	if err := <-started; err != nil {
		return nil, 0, startfailure.Diagnose(spec.Path, spec.Dir, err)
	}
	return l, l.process.Pid, nil
}

// run starts the child and waits for it, on one thread: to the kernel that is the
// parent whose death it tells the child of.
func (l *plainLink) run(spec Spec, started chan<- error) {
	defer close(l.report)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var err error
	l.process, err = os.StartProcess(spec.Path, spec.Args, &os.ProcAttr{
		Dir: spec.Dir, Env: spec.Env, Sys: plainAttr(spec.Signal),
		Files: []*os.File{spec.Stdin, spec.Stdout, spec.Stderr},
	})
	started <- err
	if err != nil {
		return
	}
	f := fact{kind: factEnded}
	if st, err := l.process.Wait(); err != nil {
		f.outcome.Lost = true
	} else {
		f.outcome = outcomeOfState(st)
	}
	l.report <- f
}

func (l *plainLink) facts() <-chan fact { return l.report }

func (l *plainLink) order(v verb, sig syscall.Signal) {
	switch v {
	case verbKill:
		_ = l.process.Kill()
	case verbSignal, verbForward, verbSignalAll, verbForwardAll:
		_ = l.process.Signal(sig)
	}
}
