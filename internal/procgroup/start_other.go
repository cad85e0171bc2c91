//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package procgroup

import (
	"os"
	"syscall"
)

// Elsewhere the program is an ordinary child: signals reach it alone, and what
// it starts, or a death of gorun by force, is on its own.

type plainLink struct {
	process *os.Process
	report  chan fact // closed by wait
}

// HasTerminal is whether programs share this process's group. They do.
func HasTerminal() bool { return true }

// SignalName is the system's name for sig.
func SignalName(sig syscall.Signal) string { return sig.String() }

func start(spec Spec) (link, int, error) {
	p, err := os.StartProcess(spec.Path, spec.Args, &os.ProcAttr{
		Dir: spec.Dir, Env: spec.Env,
		Files: []*os.File{spec.Stdin, spec.Stdout, spec.Stderr},
	})
	if err != nil {
		return nil, 0, diagnose(spec, bare(err))
	}
	l := &plainLink{p, make(chan fact)}
	go l.wait()
	return l, p.Pid, nil
}

func (l *plainLink) wait() {
	defer close(l.report)
	f := fact{kind: factEnded}
	if st, err := l.process.Wait(); err != nil {
		f.outcome.Lost = true
	} else if f.outcome.Code = st.ExitCode(); f.outcome.Code < 0 {
		f.outcome = Outcome{Signal: syscall.SIGKILL} // which signal cannot be told here
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
