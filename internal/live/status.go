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

// enterState says which state gorun has changed to.
func (j *journal) enterState(s State) []effect {
	if s == j.state {
		return nil
	}
	before := j.state
	j.state = s
	return []effect{debugf("exec", "%s → %s", before, s)}
}

// status is what is going on, as far as the loop knows; serving is nil if no program serves.
func (j *journal) status(profile string, g Graph, serving *instance) *event.Status {
	s := &event.Status{State: string(j.state), Profile: profile, Reload: j.last, Watched: []string{}}
	if g != nil {
		s.Watched = append(s.Watched, g.WatchDirs()...)
	}
	if p := serving; p != nil {
		s.Program = &event.Process{Pid: p.pid, Since: p.since, Ready: p.ready}
	}
	return s
}
