package live

import (
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/event"
)

// Restarts: starting the program again without a build.

// askRestart has the program start again, as what was built last, when nothing is
// under way any more. A build under way may finish first: what it makes starts in any
// case, and if it breaks or makes the same program, the old executable does. Without an
// executable there is nothing to do; the first start is still to come.
func (m *machine) askRestart(reason string) {
	if m.end.by != nil {
		return
	}
	m.slot.retry()
	if m.slot.last.Exe == nil {
		return
	}
	if m.restart == nil {
		if m.reload.over || m.changes.pending == nil {
			m.reload = newReload(m.now)
		}
		m.restart = &restart{reload: m.reload}
	}
	m.restart.reason, m.restart.files = reason, false
	// Starting a program that has ended may be a rule's doing, which may give up;
	// one that runs is restarted by a person.
	m.acted = m.acted || m.slot.serving != nil
}

// onRunFilesChanged has the program start again when the burst is over, if files that
// it reads itself are among those that changed.
func (m *machine) onRunFilesChanged(change depgraph.Change) {
	read := depgraph.Change{}
	for _, d := range change.Details {
		if d.Kind == restarts {
			read.Details = append(read.Details, d)
		}
	}
	if read.Details == nil {
		return
	}
	reason := label(&read, m.settings.Dir)
	if m.settings.Hold && m.slot.serving != nil {
		m.say("%s: changed; gorun -tell restart starts the program again", reason)
		return
	}
	m.noteRewrite(reason)
	m.carryOn()
	m.prolong()
	if halfWritten(read) {
		// A busy machine may keep its writer from going on. A build of half a file
		// does no harm; a program that runs with it may.
		m.arm(quietTimer, burstLimit)
	}
	files := m.restart == nil || m.restart.files
	m.askRestart(reason)
	if m.restart != nil {
		m.restart.files, m.restart.confirmed, m.restart.lasting = files, false, true
		m.tell(m.restart.reload, event.Event{Kind: event.Change, Reason: reason, Paths: paths(&read)})
	}
}

// restartToLoad has the program start again for a build that came out the same, if a library that it loads
// when it starts is another one. It reports whether it does.
func (m *machine) restartToLoad(reason string) bool {
	if m.slot.serving == nil || m.settings.Hold || m.changes.pending == nil ||
		!slices.ContainsFunc(m.changes.pending.Details, func(d depgraph.Detail) bool { return d.Loaded && d.Kind > restarts }) {
		return false
	}
	m.askRestart(reason)
	if m.restart != nil {
		m.restart.files, m.restart.lasting = false, true
	}
	return m.restart != nil
}

// goOnRestarting makes what serves, or served last, the candidate, if it is to start
// again and what is under way does not start it anyway.
func (m *machine) goOnRestarting() {
	r := m.restart
	if r == nil || m.end.by != nil || m.building() || m.changes.burst.on() {
		return
	}
	overlapping := m.slot.overlapping()
	switch {
	case m.slot.swapping() && overlapping == nil:
		return // it starts with whatever the restart is for
	case r.files && !r.confirmed && m.slot.serving != nil && overlapping == nil:
		m.emit(checkRunFiles{})
	case m.slot.holds():
		v := m.slot.candidate.Version
		m.owe(r)
		v.reload, m.restart = m.reload, nil
		m.slot.candidate = nil
		m.place(v)
	case overlapping != nil:
		// Not ready yet, and started with what does not hold any more.
		m.emit(m.slot.stopOverlapping()...)
		m.emit(m.slot.queue()...)
	default:
		m.place(m.slot.last)
	}
}

// owe notes what a start is to be for besides a new version, until a program serves that
// was started since.
func (m *machine) owe(r *restart) {
	if r != nil && r.lasting {
		m.owed = r
	}
}

// restartInstead has the old program start again at once for what a new version, which
// has come to nothing, was to start with. What it was itself to start again with waits for
// a save.
func (m *machine) restartInstead(v Version) {
	if !m.slot.again(v) {
		m.restartOwed()
	}
}

// restartOwed is for a program that goes on after all. It starts again if a start
// that was to give it newer run files has failed, or if it was started under settings
// that start it in another way than those that it is built the same under.
func (m *machine) restartOwed() {
	p, last := m.slot.serving, m.slot.last
	if m.restart != nil || p == nil || m.slot.swapping() {
		return
	}
	switch {
	case m.owed != nil:
		// The run files are those of the start that has failed: they do not tell.
		m.restart = &restart{reload: m.reload, reason: m.owed.reason, lasting: true}
	case last.Settings == m.settings && !m.settings.startsLike(p.settings):
		if m.slot.holds() && m.slot.candidate.Settings != m.settings {
			m.emit(m.slot.dropHeld()...) // it is further from the newest settings
		}
		m.restart = &restart{reload: m.reload, reason: m.why(), lasting: true}
	}
	m.owed = nil
}

// onRunFiles comes when it is known whether the program would start with other files
// than it has: if not, they are undone, or were half written when the burst began.
func (m *machine) onRunFiles(stale bool) {
	if stale {
		m.restart.confirmed = true
		return
	}
	// Who has asked for a build that came out the same meanwhile was to wait for this start.
	m.emit(m.requests.unchanged(m.restart.reason+": undone, not restarted", false)...)
	m.restart = nil
}
