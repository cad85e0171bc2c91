package live

import (
	"slices"

	"github.com/gorun-dev/gorun/incremental"
)

// Between the end of one version and the start of the next: the after-stop of the
// one, which may remove what the other makes, and the before-start of the other.
// Both may be long; a newer build that comes meanwhile takes the place of the one
// that waits.

// A coming version waits for its before-start while the old one runs, with
// -swap=overlap.
type coming struct {
	exe   *incremental.Executable
	how   string // how exe was built
	graph Graph  // what exe was built from
}

// start starts an executable when the hooks before it have ended; there is no
// program.
func (l *loop) start(exe *incremental.Executable, how string) {
	l.next, l.nextHow = exe, how
	l.startNext()
}

// startNext starts the next executable, if there is one and nothing holds it up.
func (l *loop) startNext() {
	if l.next == nil || l.program != nil {
		return
	}
	if slices.ContainsFunc(l.hooks, func(h *runningHook) bool { return h.name == AfterStop }) {
		return
	}
	if !l.prestart(l.next) {
		return
	}
	exe, how := l.next, l.nextHow
	l.next = nil
	l.launch(exe, how)
}

// prestart reports whether before-start has run for an executable. If not, it
// starts the hook, unless it runs for another one yet.
func (l *loop) prestart(exe *incremental.Executable) bool {
	l.enter(PhaseStart)
	if l.starting != nil {
		return false
	}
	if l.prestarted == exe {
		return true
	}
	l.startingFor = exe
	l.starting = l.runHook(BeforeStart, About{Reason: l.reason()}, episodeOf(l.due, l.current))
	return l.starting == nil
}

// onPrestart comes when before-start has ended.
func (l *loop) onPrestart(h *runningHook, err error) {
	exe := l.startingFor
	l.startingFor = nil
	wanted := exe == l.next || l.coming != nil && exe == l.coming.exe
	switch {
	case err == nil:
		l.prestarted = exe
	case !wanted:
		l.Fail("%s: %v", BeforeStart, err) // the newer one has it run again
	default:
		what := BeforeStart + ": " + err.Error()
		l.fail(PhaseStart, what, h.Status())
		l.notStarted(what)
		return
	}
	switch {
	case l.coming != nil:
		c := l.coming
		l.coming = nil
		l.startBeside(c.exe, c.how, c.graph)
	case l.dirty || l.underway():
		// A newer one is on its way; failed falls back to next.
	default:
		l.startNext()
	}
}

// notStarted stays with what there is, or was, when a version could not be started.
func (l *loop) notStarted(what string) {
	l.broken = true
	l.tellFailed(episodeOf(l.due, l.current), l.reason(), what)
	if l.coming != nil {
		l.drop(l.coming.exe)
		l.coming = nil
		l.due = nil
		l.Fail("%s; the old version runs on", what)
		return
	}
	if l.dirty || l.underway() {
		l.Fail("%s", what)
		return // a newer one is on its way; failed falls back to next
	}
	l.dropNext()
	switch {
	case !l.staying():
		l.Fail("%s", what)
		l.exit(1)
	case l.stopped:
		l.Fail("%s; the old version is started again", what)
		l.base = nil // the files are not what it was built from
		l.relaunch()
	default:
		l.due = nil
		l.Fail("%s; waiting for a save", what)
	}
}
