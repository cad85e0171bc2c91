package live

import (
	"fmt"
	"time"

	"github.com/gorun-dev/gorun/internal/event"
)

// Ready: when a program that was started can do its work. With -ready the reload
// line waits for that, but not for longer than -ready-timeout.

// awaitReady begins to wait for what was started last.
func (l *loop) awaitReady() {
	if l.opts.Probe {
		l.unready.Reset(l.opts.ReadyTimeout)
	}
	l.enter(PhaseReady)
}

// sayReady prints the reload line that has waited for the program.
func (l *loop) sayReady(life *life) {
	if l.arrival == nil {
		l.unready.Stop()
	}
	switch {
	case life.line != "":
		l.line = fmt.Sprintf("%s, ready in %v", life.line, time.Since(life.noticed).Round(time.Millisecond))
		l.Say("%s", l.line)
	case l.opts.Probe && !l.acted:
		l.Say("ready in %v", time.Since(life.since).Round(time.Millisecond))
	}
	l.enter(PhaseRun)
}

// onUnready comes when what was started last has not become ready in time.
func (l *loop) onUnready() {
	l.unready.Stop()
	switch {
	case l.arrival != nil:
		a := l.arrival
		why := l.missing(a.program)
		l.broken = l.broken || a.due == nil
		l.Fail("the new version was %s; the old one runs on", why)
		l.tellUnready(a.program, why)
		l.dismiss()
	case l.program != nil && !l.lives[l.program].ready && l.ending == nil:
		why := l.missing(l.program)
		l.tellUnready(l.program, why)
		if l.opts.MustBeReady && !l.acted {
			l.Fail("%s", why)
			l.exit(1)
			return
		}
		l.Fail("%s; the program runs on", why)
	}
}

// tellUnready tells everybody that a program is not ready in time.
func (l *loop) tellUnready(p Program, why string) {
	life := l.lives[p]
	l.tellOf(life.episode, event.Event{Kind: event.Failed, Reason: life.reason, Pid: p.Pid(), Output: why})
	l.reply(Answer{Err: why}, func(a *asked) bool { return a.program == p })
	l.fail(PhaseReady, why, 1)
}

func (l *loop) missing(p Program) string {
	return fmt.Sprintf("not ready in %v (%s)", l.opts.ReadyTimeout, p.Missing())
}
