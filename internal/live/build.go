package live

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
)

// Builds: when one begins, when its result is used, and what is said of it.

// beginBuild begins the build itself.
func (m *machine) beginBuild() {
	if m.pipeline.reload {
		m.load()
	}
	m.pipeline.failed = nil
	m.emit(m.journal.enter(m.now, m.reload, PhaseBuild)...)
	change := m.changes.pending
	m.pipeline.settings, m.pipeline.against = m.settings, m.slot.built().Exe
	if change != nil && change.Kind < rebuilds && m.pipeline.against == nil {
		change = nil // it asks for no build, but there is nothing yet
	}
	m.emit(beginBuild{change, m.pipeline.against})
}

// useBuild has the result of a build collected when it may be used.
func (m *machine) useBuild() {
	if m.pipeline.usable(m.changes.burst, m.graph != nil) {
		m.emit(collectBuild{})
	}
}

// onBuild uses the result of a build.
func (m *machine) onBuild(e buildResult) {
	r := e.result
	m.pipeline.stage = stageIdle
	r.How = m.pipeline.prepared + r.How
	if errors.Is(r.Err, incremental.ErrSuperseded) {
		return // what has cancelled it goes on
	}
	if m.end.by != nil || e.facts.graph && !m.verified(e.facts) {
		if r.Exe != nil {
			m.emit(remove{r.Exe})
		}
		return
	}
	if r.Same && m.pipeline.against != m.slot.built().Exe {
		m.startBuild() // it is the same as what has served: another version serves since
		return
	}
	m.acted = m.acted || m.changes.pending != nil
	broken := r.Err != nil || r.Status != 0
	switch {
	case broken && m.changes.absence(m.now) > 0:
		m.changes.unbuilt = true
		m.arm(quietTimer, m.changes.absence(m.now))
		return
	case broken && m.knownFailure(r):
		m.reload.over = true
		return
	case broken && m.directives && m.slot.built().Exe == nil:
		m.pipeline.failed = &failedBuild{r, m.graph == nil}
		m.generateUnknown()
		return
	case broken:
		m.onBroken(r)
		return
	}
	if !m.settings.Quiet && len(r.Output) > 0 {
		m.emit(output{r.Output})
	}
	v := Version{
		Exe: r.Exe, How: r.How, Graph: m.graph, Settings: m.pipeline.settings,
		Reason: m.why(), reload: m.reload, upTo: m.changes.newest,
	}
	if r.Reused {
		v.found = e.started
	}
	if !r.Same || m.changes.pending != nil {
		m.tell(m.reload, event.Event{Kind: event.Build, Reason: v.Reason, How: r.How, Same: r.Same})
	}
	m.emit(m.slot.dropHeld()...) // overtaken, or undone
	m.broken, m.journal.failure = false, nil
	if r.Same {
		m.onSame(v)
		return
	}
	m.onNewVersion(v)
}

// onNewVersion puts a version in the place of what serves, or holds it back.
func (m *machine) onNewVersion(v Version) {
	m.acted = m.acted || m.slot.serving != nil
	m.emit(m.loadErr.tell()...)
	if m.slot.serving != nil && m.settings.Hold && !m.slot.swapping() && !m.requests.waiting() && m.restart == nil {
		m.emit(m.slot.hold(v)...)
		m.reload.over = true
		m.emit(m.journal.held(v, m.reload))
		return
	}
	m.place(v)
}

// onSame uses a build that has come out as what serves, or served last.
func (m *machine) onSame(v Version) {
	m.emit(m.loadErr.tell()...)
	if m.slot.last.Exe == nil {
		m.onSameCandidate(v)
		return
	}
	last := &m.slot.last
	last.Graph, last.Settings, last.upTo, last.found = v.Graph, v.Settings, v.upTo, time.Time{}
	if !m.slot.restarting() {
		m.emit(m.slot.dropOverlapping()...) // undone before that one was ready
	}
	ended := m.slot.serving == nil
	waits := m.slot.candidate != nil && (ended || m.slot.at(awaitingExit{}))
	if m.changes.pending != nil && (waits || ended) {
		m.restart = nil // it starts for what is pending
	}
	if waits || ended && (m.changes.pending != nil || m.requests.waiting()) {
		// Undone while the old program was already stopping, or it has ended.
		v.Exe = last.Exe
		m.place(v)
		return
	}
	if m.restartToLoad(v.Reason) {
		m.include(v)
		return
	}
	m.reload.over = true
	m.restartOwed()
	if m.acted && m.slot.serving != nil && m.restart == nil && m.changes.pending != nil { // else there was only doubt
		line := sameLine(v.Reason, v.How, m.reload)
		m.emit(reloaded{line})
		m.emit(m.requests.unchanged(line.Line, false)...)
	}
	m.include(v)
}

// onSameCandidate uses a build that has come out as the candidate for the first start, which
// goes on. Only a save has before-start run again if that has failed.
func (m *machine) onSameCandidate(v Version) {
	c := m.slot.candidate
	v.Exe = c.Exe
	if m.changes.pending == nil {
		v.How, v.Reason, v.reload = c.How, c.Reason, c.reload
	} else {
		m.slot.retry()
	}
	c.Version = v
}

// include forgets the changes that a version has in it.
func (m *machine) include(v Version) {
	if m.acted && m.changes.include(v) {
		m.pipeline.prepared = ""
	}
}

// confirmFound begins to confirm a version that an earlier gorun has built, when there is a
// graph.
func (m *machine) confirmFound() {
	if found := m.slot.newest().found; !found.IsZero() && m.graph != nil {
		m.emit(inspectSince{found, true})
	}
}

// confirm has go build say whether the program that an earlier gorun has built is the
// right one. There is nothing yet that an edit could be compared with.
func (m *machine) confirm(facts buildFacts) {
	v := m.slot.newest()
	v.Graph, v.found = nil, time.Time{}
	m.buildAgain(facts.saved)
}

// buildAgain is for what was built from files of which it is not known whether they
// are the same now. Those that were saved since the build began make it a reload.
// Without one nobody is known to have done anything, and there is no reload unless
// another executable comes of it.
func (m *machine) buildAgain(saved depgraph.Change) {
	if m.changes.pending == nil {
		if saved.Kind > depgraph.None {
			m.onChange(saved)
			return
		}
		m.reload = newReload(m.now)
	}
	m.changes.unbuilt = true
	m.arm(quietTimer, quietWindow)
}

// verified reports whether no input may have changed since a build began. If one
// has, another build begins.
func (m *machine) verified(facts buildFacts) bool {
	if facts.outdated.Kind == generates {
		m.onChange(facts.outdated)
		return false
	}
	if len(facts.doubtful) == 0 {
		return true
	}
	m.graph = facts.next
	m.debug("plan", "%s may have changed during the build: once more", strings.Join(facts.doubtful, " "))
	m.onRunFilesChanged(facts.change)
	if facts.change.Kind > restarts {
		m.onChange(facts.change)
	} else {
		m.buildAgain(facts.saved)
	}
	return false
}

// knownFailure reports whether a failed build has failed in the way that everybody was told of,
// and nobody wants to know again: it was made again for a doubt, or its directory is still
// not there.
func (m *machine) knownFailure(r incremental.Result) bool {
	wanted := m.requests.waiting() || m.changes.pending != nil && !r.NoDirectory()
	return m.broken && !wanted && m.journal.knows(wordsOf(r))
}

// wordsOf is what is said of why a build failed.
func wordsOf(r incremental.Result) []byte {
	if r.Err == nil {
		return r.Output
	}
	return append(bytes.Clone(r.Output), r.Err.Error()...)
}

// onBroken tells of a build that failed, in the compiler's words.
func (m *machine) onBroken(r incremental.Result) {
	if len(r.Output) > 0 {
		m.emit(output{r.Output})
	}
	e := event.Event{Kind: event.Failed, Reason: m.why(), Status: &r.Status}
	e.Errors, e.Output = event.ParseErrors(r.Output, m.settings.Dir)
	what := buildFailed
	switch {
	case r.NoDirectory():
		what = r.Err.Error()
	case r.Err != nil:
		m.fail("%v", r.Err)
	}
	if r.Err != nil {
		e.Status, e.Output = nil, strings.TrimLeft(e.Output+"\n"+r.Err.Error(), "\n")
	}
	m.journal.failure = wordsOf(r)
	m.tell(m.reload, e)
	m.hookFailure(PhaseBuild, what, max(r.Status, 1))
	m.onFailed(what, max(r.Status, 1), m.journal.failure)
}

const buildFailed = "build failed"

// onFailed stays with what there is when a build, or what comes before it, has
// failed. The status is gorun's where nobody waits for a save; the output is for
// those who have asked for a build.
func (m *machine) onFailed(what string, status int, output []byte) {
	m.reload.over = true
	m.emit(m.requests.failed(what, output, m.restart != nil)...)
	if !m.staying() && m.slot.serving == nil {
		if what != buildFailed {
			m.fail("%s", what)
		}
		m.exit(status)
		return
	}
	m.broken = true
	switch {
	case m.slot.serving != nil:
		m.fail("%s; the program runs on", what)
		m.restartOwed()
	case m.slot.refuses():
		m.fail("%s", what) // what is done about that is said when it is
	case m.slot.swapping():
		// The last good build waited for a program that has ended since.
		m.fail("%s; the last good one runs", what)
	case m.restart != nil:
		m.fail("%s; the last good one is started", what)
	default:
		m.fail("%s; waiting for a save", what)
	}
}
