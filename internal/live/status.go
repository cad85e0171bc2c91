package live

import "github.com/gorun-dev/gorun/internal/event"

// What -tell status shows of the loop, and GORUNDEBUG=exec of its states.

// A State is what gorun is doing.
type State string

// The states.
const (
	Loading  State = "loading"  // first build, no program yet
	Running  State = "running"  // the program runs, nothing is under way
	Building State = "building" // a build is under way
	Swapping State = "swapping" // a new version is there; the old program is stopping, or the new one not ready yet
	Waiting  State = "waiting"  // no program: it ended, or the build is broken
	Holding  State = "holding"  // the program runs; a newer version waits to be asked for
)

// state is what the slot and the pipeline are doing, the nearest to the user first.
func (m *machine) state() State {
	switch {
	case m.slot.swapping():
		return Swapping
	case m.pipeline.underway() && m.slot.serving == nil && m.slot.last.Exe == nil:
		return Loading
	case m.building():
		return Building
	case m.slot.holds():
		return Holding
	case m.slot.serving != nil:
		return Running
	}
	return Waiting
}

// noteState says which state gorun has changed to.
func (m *machine) noteState() {
	if s := m.state(); s != m.last {
		m.debug("exec", "%s → %s", m.last, s)
		m.last = s
	}
}

// status is what is going on, as far as the loop knows.
func (m *machine) status() *event.Status {
	s := &event.Status{State: string(m.state()), Profile: m.settings.Profile, Reload: m.journal.last, Watched: []string{}}
	if m.graph != nil {
		s.Watched = append(s.Watched, m.graph.WatchDirs()...)
	}
	if p := m.slot.serving; p != nil {
		s.Program = &event.Process{Pid: p.pid, Since: p.since, Ready: p.ready}
	}
	return s
}
