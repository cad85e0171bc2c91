package live

import (
	"os"
	"syscall"

	"github.com/gorun-dev/gorun/incremental"
)

// The program: its start, its end, and the signals that end gorun.

// start starts an executable; there is no program.
func (l *loop) start(exe *incremental.Executable, how string) {
	again := exe == l.running
	due := l.take(again)
	p, err := l.Start(exe)
	if err != nil {
		l.Fail("%v", err)
		if !again {
			l.running.Remove()
			l.running = exe // can be started when what was wrong is mended
			l.settled()
		}
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
	l.born(p)
	l.news(due, how)
	if due == nil { // else what is pending is not in it
		l.settled()
	}
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
	out := l.program.Outcome()
	l.died(l.program)
	l.breakPromises(l.program)
	l.program = nil
	l.grace.Stop()
	switch {
	case l.ending != nil:
		l.exit(out.ExitStatus())
	case l.arrival != nil:
		l.promote()
	case l.next != nil:
		if l.dirty || l.underway() {
			return // a newer one is on its way; onBroken falls back to next
		}
		next := l.next
		l.next = nil
		l.start(next, l.nextHow)
	case !l.staying():
		l.exit(out.ExitStatus())
	default:
		say := l.Say
		if out.ExitStatus() != 0 {
			say = l.Fail
		}
		say("%s; waiting for a save", out)
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
