package live

import (
	"fmt"

	"github.com/gorun-dev/gorun/internal/event"
)

// Ready: when a program that was started can do its work. With -ready the reload
// line waits for that, but not for longer than -ready-timeout.

// onReady comes when a program can do its work. One that was started while the old
// one serves takes its place.
func (m *machine) onReady(id int) {
	if p := m.slot.overlapping(); p != nil && p.id == id {
		old := m.slot.serving
		m.emit(m.slot.retire()...)
		m.slot.leaving = append(m.slot.leaving, old)
		m.requests.overtaken(old.id, p.id)
		p.ready = true // the reload line need not wait
		m.promote()
	}
	if p := m.slot.serving; p == nil || p.id != id {
		return // it is on its way out
	}
	m.tellReady(m.slot.serving)
}

func (m *machine) tellReady(p *instance) {
	p.ready = true
	m.tell(p.reload, event.Event{Kind: event.Ready, Pid: p.pid})
	if m.slot.overlapping() == nil {
		m.emit(disarm{readyTimer})
	}
	m.emit(m.journal.ready(m.now, p, m.acted)...)
	m.emit(m.journal.enter(m.now, m.reload, PhaseRun)...)
	m.emit(m.requests.ready(p.id, m.journal.line)...)
	m.runHook(AfterReady, About{Reason: p.reason, Pid: p.pid}, p.reload)
}

// onNotReady comes when what was started last has not become ready in time.
func (m *machine) onNotReady(missing string) {
	p := m.slot.awaited()
	if p == nil {
		return
	}
	why := fmt.Sprintf("not ready in %v (%s)", p.settings.ReadyTimeout, missing)
	switch {
	case p == m.slot.overlapping():
		m.broken = m.broken || p.restart == nil
		m.fail("the new version was %s; the old one runs on", why)
		m.tellNotReady(p, why)
		v := m.slot.candidate.Version
		m.emit(m.slot.drop()...)
		m.restartInstead(v)
	case !p.ready && m.end.by == nil:
		m.tellNotReady(p, why)
		if m.settings.MustBeReady && !m.acted {
			m.fail("%s", why)
			m.exit(1)
			return
		}
		m.fail("%s; the program runs on", why)
	}
}

// tellNotReady tells everybody that a program is not ready in time.
func (m *machine) tellNotReady(p *instance, why string) {
	m.tell(p.reload, event.Event{Kind: event.Failed, Reason: p.reason, Pid: p.pid, Output: why})
	m.emit(m.requests.notReady(p.id, why)...)
	m.hookFailure(PhaseReady, why, 1)
}

// onEndedEarly comes when a program has ended before it was ready to take the place of
// the old one. What it had to say it has said on the terminal.
func (m *machine) onEndedEarly(p *instance, reason string, status int) {
	v := m.slot.candidate.Version
	m.slot.candidate.stage = waiting{} // nothing is left to be killed
	m.emit(disarm{readyTimer})
	m.emit(m.slot.drop()...)
	m.broken = m.broken || p.restart == nil
	what := fmt.Sprintf("the new version ended before it was ready (%s)", reason)
	m.fail("%s; the old one runs on", what)
	m.tellFailed(reloadOf(p.restart, v, m.reload), v.Reason, what)
	m.hookFailure(PhaseReady, "ended before it was ready: "+reason, status)
	m.died(p, reason, status)
	m.restartInstead(v)
}
