package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/event"
)

// Hooks: commands that the user wants run at a point of a reload. The loop waits
// for none of them. before-build is a step before the build; before-start, and the
// after-stop of the version before, hold up the start and nothing else; the others
// hold up nothing. At the end of gorun, after-stop and on-fail run to their ends.

// The hooks, by the names of their flags.
const (
	BeforeBuild = "before-build" // may change the sources; a save begins it anew
	BeforeStart = "before-start" // when the version before has ended, with -swap=overlap beside it
	AfterReady  = "after-ready"  // ends with the program
	AfterStop   = "after-stop"   // of every program that was started, however it ended
	OnFail      = "on-fail"      // of whatever failed
)

// A Phase is what a reload is at, as GORUNDEBUG=phase names it, or what has failed.
type Phase string

// The phases.
const (
	PhaseCheck Phase = "check" // what a save means; generating, before-build
	PhaseBuild Phase = "build"
	PhaseStart Phase = "start" // the end of the version before, before-start, the start itself
	PhaseReady Phase = "ready" // until the program is ready
	PhaseRun   Phase = "run"   // after that
)

// About is what a hook is told.
type About struct {
	Reason string // in the words of the reload line; of after-stop how the program ended, of on-fail what failed
	Phase  Phase  // of on-fail: what the reload was at
	Pid    int    // the program that it is about, of on-fail the one that runs on; 0 if there is none
	Status *int   // of after-stop and on-fail: the exit status of what ended; nil where nothing did
}

// A Hook is one in flight: *hook.Run.
type Hook interface {
	Done() <-chan struct{}
	Err() error // once Done is closed: nil, context.Canceled after Cancel, or how it failed
	Status() int
	Cancel()
}

// A running hook is one that the loop has to do with until it has ended.
type runningHook struct {
	Hook
	name    string
	about   About
	episode *episode // which it belongs to
}

// runHook starts a hook, nil if there is none of that name. One of the same name
// that is about something older is ended, but for after-stop.
func (l *loop) runHook(name string, about About, ep *episode) *runningHook {
	if l.Hook == nil {
		return nil
	}
	if name != AfterStop {
		l.endHook(name)
	}
	started := l.Hook(name, about)
	if started == nil {
		return nil
	}
	h := &runningHook{started, name, about, ep}
	l.hooks = append(l.hooks, h)
	go func() {
		<-h.Done()
		select {
		case l.hookEnded <- h:
		case <-l.closed:
		}
	}()
	return h
}

// endHook begins to end the hook of a name.
func (l *loop) endHook(name string) {
	for _, h := range l.hooks {
		if h.name == name {
			h.Cancel()
		}
	}
}

// onHook comes when a hook has ended.
func (l *loop) onHook(h *runningHook) {
	l.hooks = slices.DeleteFunc(l.hooks, func(o *runningHook) bool { return o == h })
	l.tellOf(h.episode, hookEvent(h.name, h.about, h.Hook))
	err := h.Err()
	if h == l.starting {
		l.starting = nil
		l.onPrestart(h, err)
		return
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		l.Fail("%s: %v", h.name, err)
	}
	if h.name == AfterStop && !l.over {
		l.startNext()
	}
}

func hookEvent(name string, about About, h Hook) event.Event {
	status := h.Status()
	return event.Event{Kind: event.Hook, Name: name, Reason: about.Reason, Pid: about.Pid, Status: &status}
}

// fail tells on-fail that something has failed.
func (l *loop) fail(phase Phase, reason string, status int) {
	about := About{Reason: reason, Phase: phase, Status: &status}
	if l.program != nil {
		about.Pid = l.program.Pid()
	}
	l.runHook(OnFail, about, l.current)
}

// lastHooks waits for the hooks that clean up and tell when nothing else is left.
// Whoever does not want to wait sends another signal.
func (l *loop) lastHooks() {
	for _, h := range l.hooks {
		if h.name != AfterStop && h.name != OnFail {
			h.Cancel()
		}
	}
	l.starting = nil
	for len(l.hooks) > 0 {
		select {
		case h := <-l.hookEnded:
			l.onHook(h)
		case <-l.Signals:
			for _, h := range l.hooks {
				h.Cancel()
			}
		}
	}
}

// A hookStep is before-build as a step.
type hookStep struct {
	Hook
	about About
}

func (s hookStep) Result() StepResult {
	<-s.Done()
	r := StepResult{Err: s.Err(), Events: []event.Event{hookEvent(BeforeBuild, s.about, s.Hook)}}
	if r.Err != nil && !errors.Is(r.Err, context.Canceled) {
		r.Err = fmt.Errorf("%s: %w", BeforeBuild, r.Err)
	}
	return r
}

// beforeBuild starts that hook, unless it has run for these files: a build may be
// made once more because nobody can tell whether they changed meanwhile.
func (l *loop) beforeBuild() Step {
	if !l.opts.BeforeBuild || l.hooked {
		return nil
	}
	about := About{Reason: l.reason()}
	h := l.Hook(BeforeBuild, about)
	if h == nil {
		return nil
	}
	return hookStep{h, about}
}

// reason is why something is built or started, in the words of the reload line.
func (l *loop) reason() string {
	switch {
	case l.due != nil:
		return l.due.reason
	case l.pending == nil && l.held == nil:
		return "start"
	}
	return l.why()
}

// What changes while before-build runs is the hook's own doing, or a save: nobody
// can tell which. So a hook that goes on when the files are quiet again is ended,
// one that ends by itself is not believed, and it runs once more. What changes
// while it runs for the second time is built as it is, or a generator that writes
// the time of day would run for ever.

// disturb takes note of a change while before-build runs.
func (l *loop) disturb() {
	l.disturbed = true
	l.lengthen(time.Now())
}

// calm ends a before-build that goes on with files that are not those it began
// with.
func (l *loop) calm() {
	if l.disturbed && !l.secondRun {
		l.step.Cancel()
	}
}

// runAgain reports whether before-build, which has ended, has to run again.
func (l *loop) runAgain() bool {
	again := l.disturbed && !l.secondRun
	l.disturbed = false
	l.secondRun = again
	return again
}

// enter says which phase has begun.
func (l *loop) enter(p Phase) {
	if p == l.phase {
		return
	}
	l.phase = p
	l.Debug("phase")("%s after %v", p, time.Since(l.current.noticed).Round(time.Millisecond))
}
