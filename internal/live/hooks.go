package live

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gorun-dev/gorun/internal/event"
)

// Hooks: commands that the user wants run at a point of a reload. Nothing waits for
// them but what is said here: before-build is a step before the build; before-start, and
// the after-stop of the version before, hold up the start; the others hold up
// nothing. At the end of gorun, after-stop and on-fail run to their ends.

// The hooks, by the names of their flags.
const (
	BeforeBuild = "before-build" // may change the sources; a save begins it anew
	BeforeStart = "before-start" // when the version before has ended, with -swap=overlap while that serves
	AfterReady  = "after-ready"  // ends with the program
	AfterStop   = "after-stop"   // of every program that was started, however it ended
	OnFail      = "on-fail"      // of whatever failed
)

// About is what a hook is told.
type About struct {
	Reason string // in the words of the reload line; of after-stop how the program ended, of on-fail what failed
	Phase  Phase  // of on-fail: what the reload was at
	Pid    int    // the program that it is about, of on-fail the one that runs on; 0 if there is none
	Status *int   // of after-stop and on-fail: the exit status of what ended; nil where nothing did
}

func (a About) String() string {
	s := a.Reason
	if a.Phase != "" {
		s += " in " + string(a.Phase)
	}
	if a.Pid != 0 {
		s += fmt.Sprintf(" of %d", a.Pid)
	}
	if a.Status != nil {
		s += fmt.Sprintf(" status %d", *a.Status)
	}
	return s
}

// hooks are those in flight, except before-build, which is a step.
type hooks struct {
	list    []*runningHook
	started int
}

// A runningHook is one in flight.
type runningHook struct {
	id     int
	name   string
	about  About
	reload *reload // that it belongs to
}

// running reports whether a hook of a name is in flight.
func (h *hooks) running(name string) bool {
	return slices.ContainsFunc(h.list, func(h *runningHook) bool { return h.name == name })
}

// start starts a hook. One of the same name that is about something older is
// cancelled, but for after-stop.
func (h *hooks) start(name string, about About, r *reload) (id int, effects []effect) {
	if name != AfterStop {
		effects = h.cancel(func(h *runningHook) bool { return h.name == name })
	}
	h.started++
	h.list = append(h.list, &runningHook{h.started, name, about, r})
	return h.started, append(effects, runHook{h.started, name, about})
}

// cancel cancels the hooks that are chosen. Their ends are still told.
func (h *hooks) cancel(chosen func(*runningHook) bool) []effect {
	var effects []effect
	for _, h := range h.list {
		if chosen(h) {
			effects = append(effects, cancelHook{h.id})
		}
	}
	return effects
}

// ended returns the hook that has ended; nil if it is not known.
func (h *hooks) ended(id int) *runningHook {
	i := slices.IndexFunc(h.list, func(h *runningHook) bool { return h.id == id })
	if i < 0 {
		return nil
	}
	ended := h.list[i]
	h.list = slices.Delete(h.list, i, i+1)
	return ended
}

func (m *machine) runHook(name string, about About, r *reload) int {
	id, effects := m.hooks.start(name, about, r)
	m.emit(effects...)
	return id
}

// hookFailure tells on-fail that something has failed.
func (m *machine) hookFailure(phase Phase, reason string, status int) {
	about := About{Reason: reason, Phase: phase, Status: &status}
	if p := m.slot.serving; p != nil {
		about.Pid = p.pid
	}
	m.runHook(OnFail, about, m.reload)
}

// onHookMissing comes when there is no hook of a name.
func (m *machine) onHookMissing(id int) {
	m.hooks.ended(id)
	if m.slot.at(hooking{id}) {
		m.slot.candidate.stage = prepared{}
	}
}

// onHook comes when a hook has ended.
func (m *machine) onHook(e hookEnded) {
	h := m.hooks.ended(e.id)
	if h == nil {
		return
	}
	m.tell(h.reload, hookEvent(h.name, h.about, e.status))
	wanted := m.slot.at(hooking{h.id}) && !m.end.over
	switch {
	case e.err == nil && wanted:
		m.slot.candidate.stage = prepared{}
	case e.err == nil:
	case wanted:
		what := fmt.Sprintf("%s: %v", h.name, e.err)
		m.hookFailure(PhaseStart, what, e.status)
		m.onBeforeStartFailed(what)
	case !errors.Is(e.err, context.Canceled):
		m.fail("%s: %v", h.name, e.err)
	}
}

func hookEvent(name string, about About, status int) event.Event {
	return event.Event{Kind: event.Hook, Name: name, Reason: about.Reason, Pid: about.Pid, Status: &status}
}

// A hookStep is before-build as a step.
type hookStep struct {
	Hook
	about About
}

func (s hookStep) Result() StepResult {
	<-s.Done()
	r := StepResult{Err: s.Err(), Events: []event.Event{hookEvent(BeforeBuild, s.about, s.Status())}}
	if r.Err != nil && !errors.Is(r.Err, context.Canceled) {
		r.Err = fmt.Errorf("%s: %w", BeforeBuild, r.Err)
	}
	return r
}
