package live

import (
	"errors"

	"github.com/gorun-dev/gorun/internal/event"
)

// Starts: the way of the candidate into its place.
//
// Between the end of one program and the start of the next are the after-stop of the
// one, which may remove what the other makes, and the before-start of the other. Both
// may be long; a newer version that comes meanwhile takes the place of the candidate.

// place makes a version the candidate.
func (m *machine) place(v Version) {
	m.emit(m.slot.place(v)...)
	m.emit(m.journal.enter(m.now, m.reload, PhaseStart)...)
}

// goOnSwapping takes the candidate a stage further, if nothing is in its way. While a
// newer version is being built it waits: it starts if that build comes to nothing.
func (m *machine) goOnSwapping() {
	c := m.slot.candidate
	if c == nil || m.end.by != nil || m.building() {
		return
	}
	if m.slot.serving == nil && m.hooks.running(AfterStop) {
		return
	}
	if m.slot.serving == nil && !m.slot.overlaps(c.Version) && len(m.slot.leaving) > 0 {
		return // they may hold what it needs; they end soon
	}
	if l := m.slot.obstacle(); l != nil && m.slot.serving == nil {
		if !l.waited {
			l.waited = true
			m.fail("the new version is started when nothing is left of the old one: %s", l.processes)
		}
		return
	}
	if m.slot.serving != nil && !m.slot.overlaps(c.Version) && (c.stage == waiting{} || c.stage == prepared{}) {
		m.emit(m.slot.queue()...) // the settings are others since
		return
	}
	switch stage := c.stage.(type) {
	case waiting:
		if !m.hooks.running(BeforeStart) {
			about := About{Reason: c.startReason(m.restart)}
			c.stage = hooking{m.runHook(BeforeStart, about, reloadOf(m.restart, c.Version, m.reload))}
		}
	case refused:
		m.onRefused(stage.what)
	case prepared:
		m.start(c)
	}
}

// start starts the candidate now. Nothing is to be restarted any more: what starts now
// starts with everything that was asked for.
func (m *machine) start(c *candidate) {
	reason, r := c.startReason(m.restart), m.restart
	m.restart = nil
	m.owe(r)
	if !m.slot.again(c.Version) {
		r = nil
	}
	if m.slot.serving == nil {
		m.crashes.pausing = false
		m.emit(disarm{backoffTimer})
		m.slot.vacated = false
	}
	m.emit(m.slot.start(reason, r, false)...)
}

// startBack starts the version that served last once more, in the place of one that
// could not be started.
func (m *machine) startBack() {
	m.restart, m.slot.vacated = nil, false
	m.slot.last.Graph = nil // the files are not what it was built from
	m.slot.candidate = &candidate{Version: m.slot.last}
	m.emit(m.slot.start(startReason, nil, true)...)
}

// onStarted comes when the candidate was started, or could not be.
func (m *machine) onStarted(e startAnswered) {
	c := m.slot.candidate
	s := c.stage.(starting)
	v := c.Version
	r := reloadOf(s.restart, v, m.reload)
	if s.back {
		r = m.reload
	}
	if e.err != nil {
		if !m.buildDeleted(s, e.err) {
			m.onNotStarted(s, r, e.err.Error())
		}
		return
	}
	m.rebuilt = false
	p := &instance{
		id: e.id, pid: e.pid, version: v, settings: v.Settings,
		reload: r, restart: s.restart, since: m.now, reason: s.reason,
	}
	m.requests.started(p.id)
	if p.settings.Probe {
		m.arm(readyTimer, p.settings.ReadyTimeout)
	}
	m.emit(m.journal.enter(m.now, m.reload, PhaseReady)...)
	if m.slot.serving != nil {
		c.stage = becomingReady{p}
		return
	}
	m.slot.candidate, m.slot.serving, m.owed = nil, p, nil
	m.emit(m.slot.become(v)...)
	if s.back {
		return
	}
	m.emit(m.journal.swapped(m.now, m.settings.Profile, p, m.acted)...)
	if p.restart == nil { // else what is pending is not in it
		m.include(v)
	}
	m.confirmFound()
}

// buildDeleted builds what was to start once more where its executable is not there: somebody has
// deleted the cache directory. It reports whether it does. If the next executable is not there
// either, or what ran before was to come back, that is a start that has failed.
func (m *machine) buildDeleted(s starting, err error) bool {
	if !errors.Is(err, ErrNoExecutable) || s.back || m.rebuilt || !m.staying() {
		return false
	}
	m.rebuilt = true
	reason := m.slot.candidate.startReason(s.restart)
	m.emit(m.slot.drop()...)
	m.rebuild(reason)
	return true
}

// onNotStarted stays with what there is when the candidate could not be started. Where
// nothing else runs its version is kept: it can be started when what was wrong is mended.
func (m *machine) onNotStarted(s starting, r *reload, what string) {
	v := m.slot.candidate.Version
	again := m.slot.again(v)
	reason := v.Reason
	if s.restart != nil {
		reason = s.restart.reason
	}
	m.fail("%s", what)
	if m.slot.serving != nil {
		m.emit(m.slot.drop()...)
		m.broken = m.broken || s.restart == nil
		m.fail("the old version runs on")
		m.hookFailure(PhaseStart, what, 1)
		m.tellFailed(r, reason, what)
		m.restartInstead(v)
		return
	}
	m.slot.candidate = nil
	if s.back {
		m.emit(m.requests.failed(what, nil, false)...)
		return
	}
	m.emit(m.slot.become(v)...)
	if !again {
		m.include(v)
	}
	m.hookFailure(PhaseStart, what, 1)
	m.tellFailed(r, reason, what)
	if !m.staying() {
		m.exit(1)
		return
	}
	m.confirmFound()
}

// onBeforeStartFailed stays with what there is when before-start has failed for the candidate. While
// a newer version may be on its way nothing is decided, and the hook does not run again for
// this one unless that is asked for.
func (m *machine) onBeforeStartFailed(what string) {
	c := m.slot.candidate
	v := c.Version
	reason, r := c.startReason(m.restart), reloadOf(m.restart, c.Version, m.reload)
	newer := m.slot.serving == nil && m.building()
	if !newer && !m.slot.vacated {
		m.owe(m.restart)
		m.restart = nil
	}
	m.broken = true
	m.tellFailed(r, reason, what)
	switch {
	case m.slot.serving != nil:
		m.emit(m.slot.drop()...)
		m.fail("%s; the old version runs on", what)
		m.restartInstead(v)
	case newer:
		m.fail("%s", what)
		c.stage = refused{what}
	case !m.staying():
		m.fail("%s", what)
		m.giveUp()
	default:
		m.fail("%s; %s", what, m.slot.instead())
		m.giveUp()
	}
}

// onRefused comes when no newer version has come in the place of one for which before-start
// has failed.
func (m *machine) onRefused(what string) {
	if !m.slot.vacated {
		m.owe(m.restart)
		m.restart = nil
		m.emit(m.requests.failed(what, nil, false)...)
	}
	if m.staying() {
		m.fail("%s", m.slot.instead())
	}
	m.giveUp()
}

// giveUp does without the candidate when nothing else runs. One that no program was stopped
// for is kept: it can be started when what was wrong is mended, and a build that comes out
// the same is no new version.
func (m *machine) giveUp() {
	switch {
	case !m.staying():
		m.exit(1)
	case m.slot.vacated:
		m.emit(m.slot.drop()...)
		m.startBack()
	default:
		v := m.slot.candidate.Version
		again := m.slot.again(v)
		m.slot.candidate = nil
		m.emit(m.slot.become(v)...)
		if !again {
			m.include(v)
		}
		m.confirmFound()
	}
}

// promote makes the program that was started while another one served the one that serves.
func (m *machine) promote() {
	p, v := m.slot.overlapping(), m.slot.candidate.Version
	m.slot.candidate, m.slot.serving, m.owed = nil, p, nil
	m.emit(m.journal.swapped(m.now, m.settings.Profile, p, m.acted)...)
	if p.restart != nil {
		return // it is the executable that ran before
	}
	m.emit(m.slot.become(v)...)
	m.broken = false
	if !m.pipeline.underway() {
		m.include(v)
	}
}

// died tells that a program has ended, and runs after-stop.
func (m *machine) died(p *instance, reason string, status int) {
	m.tell(p.reload, event.Event{
		Kind: event.Exited, Reason: reason, Pid: p.pid, Asked: p.retiring || m.end.by != nil, Status: &status,
	})
	m.emit(m.hooks.cancel(func(h *runningHook) bool { return h.name == AfterReady && h.about.Pid == p.pid })...)
	m.runHook(AfterStop, About{Reason: reason, Pid: p.pid, Status: &status}, p.reload)
}
