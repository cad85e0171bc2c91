package live

import (
	"os"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/incremental"
)

// The program: its start, its end, and the signals that end gorun.

// launch starts an executable now.
func (l *loop) launch(exe *incremental.Executable, how string) {
	l.backoff.Stop()
	reason := l.reason()
	again := exe == l.running
	due := l.take(again)
	l.prestarted, l.stopped = nil, false // the next start is another one
	p, err := l.Start(exe)
	if err != nil {
		l.Fail("%v", err)
		if !again {
			l.running.Remove()
			l.running = exe // can be started when what was wrong is mended
			l.settled()
		}
		l.fail(PhaseStart, err.Error(), 1)
		l.tellFailed(episodeOf(due, l.current), l.why(), err.Error())
		if !l.staying() {
			l.exit(1)
		}
		return
	}
	if !again {
		l.running.Remove()
		l.running = exe
	}
	l.program = p
	l.born(p, reason)
	l.news(due, how)
	if due == nil { // else what is pending is not in it
		l.settled()
	}
	if !l.kept.IsZero() && l.graph != nil {
		l.ask()
	}
}

// relaunch starts the executable that ran last once more, in the place of one that
// could not be started.
func (l *loop) relaunch() {
	l.due, l.prestarted, l.stopped = nil, nil, false
	p, err := l.Start(l.running)
	if err != nil {
		l.Fail("%v", err)
		return
	}
	l.program = p
	l.born(p, "start")
}

// drop removes an executable that is not wanted any more, unless it is the one
// that the program is an instance of.
func (l *loop) drop(exe *incremental.Executable) {
	if exe != l.running {
		exe.Remove()
	}
}

func (l *loop) dropNext() {
	l.drop(l.next)
	l.next = nil
}

func (l *loop) programDone() <-chan struct{} {
	if l.program == nil {
		return nil
	}
	return l.program.Done()
}

func (l *loop) onExit() {
	p := l.program
	out := p.Outcome()
	ran := time.Since(l.lives[p].since)
	l.breakPromises(p)
	l.program = nil
	l.grace.Stop()
	if l.arrival == nil {
		l.unready.Stop()
	}
	l.died(p)
	switch {
	case l.ending != nil:
		l.exit(out.ExitStatus())
	case l.arrival != nil:
		l.promote()
	case l.coming != nil:
		c := l.coming
		l.coming = nil
		l.base, l.broken = c.graph, false
		l.start(c.exe, c.how)
	case l.next != nil:
		l.stopped = true
		if l.dirty || l.underway() {
			return // a newer one is on its way; failed falls back to next
		}
		l.startNext()
	case l.onCrash(out, ran):
	case !l.staying():
		l.exit(out.ExitStatus())
	default:
		say := l.Say
		if out.ExitStatus() != 0 {
			say = l.Fail
		}
		waits := "waiting for a save"
		if l.held != nil {
			waits = "gorun -tell restart starts the new version"
		}
		say("%s; %s", out, waits)
	}
}

// onSignal passes a signal on and begins to end gorun; the second one kills.
func (l *loop) onSignal(sig os.Signal) {
	if l.program == nil {
		l.exit(signalStatus(sig))
		return
	}
	l.cancel()
	if l.ending != nil {
		l.program.Kill()
		return
	}
	l.ending = sig
	l.dismiss()
	if s, ok := sig.(syscall.Signal); ok {
		l.program.Forward(s)
	}
	l.grace.Reset(l.opts.Grace)
}

// onGrace comes when a signalled program has not ended in time. One that was
// told by the terminal is left alone, as `go run` does: to a shell or an editor
// ^C is a key like any other.
func (l *loop) onGrace() {
	l.grace.Stop()
	switch {
	case l.program == nil || l.ending == nil:
	case l.opts.Terminal && (l.ending == os.Interrupt || l.ending == syscall.SIGQUIT):
		l.Say("the program runs on; ^C again kills it")
	default:
		l.program.Kill()
	}
}

func signalStatus(sig os.Signal) int {
	if s, ok := sig.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 1
}
