package live

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
)

// Builds: when one begins, when its result is used, and what is said of it.

// startBuild builds what is on the disk now, when it is prepared; what is under
// way is cancelled.
func (l *loop) startBuild() {
	l.dirty = false
	l.prepare(generating)
}

// beginBuild begins the build itself.
func (l *loop) beginBuild() {
	if l.reload {
		l.startLoad()
	}
	l.enter(PhaseBuild)
	l.build = l.Build(l.pending, l.running)
	if l.first.IsZero() {
		l.first = l.build.Started()
	}
}

// buildDone is closed when there is a build to look at: not during a burst,
// which decides whether it is wanted, and not while the graph is being loaded
// again, which decides whether its inputs were these. Only the first program
// starts without waiting for the graph; onLoad looks back.
func (l *loop) buildDone() <-chan struct{} {
	if l.build == nil || !l.burst.IsZero() || l.load != nil && l.graph != nil {
		return nil
	}
	return l.build.Done()
}

func (l *loop) onBuild() {
	build := l.build
	l.build = nil
	r := build.Result()
	r.How = l.prepared + r.How
	if errors.Is(r.Err, incremental.ErrSuperseded) {
		return // gorun is ending
	}
	if l.graph != nil && !l.verify(build.Started()) {
		r.Exe.Remove()
		return
	}
	l.acted = l.acted || l.pending != nil
	l.kept = time.Time{}
	if r.Kept {
		l.kept = build.Started()
	}
	broken := r.Err != nil || r.Status != 0
	if broken || !l.opts.Quiet {
		l.Output(r.Output)
	}
	if !broken && (!r.Same || l.pending != nil) {
		l.tell(event.Event{Kind: event.Build, Reason: l.why(), How: r.How, Same: r.Same})
	}
	if !broken {
		l.dropHeld() // overtaken, or undone
	}
	switch {
	case broken:
		l.onBroken(r)
	case r.Same:
		l.onSame(r.How)
	case l.program != nil && l.opts.Hold && !l.wanted() && l.due == nil:
		l.acted = true
		l.hold(r.Exe, r.How)
	case l.program != nil && l.opts.Overlap:
		l.acted = true
		l.startBeside(r.Exe, r.How, l.graph)
	case l.program != nil:
		l.acted = true
		l.accept()
		l.dropNext()
		l.next, l.nextHow = r.Exe, r.How
		l.enter(PhaseStart)
		l.program.Retire()
	default:
		l.accept()
		l.dropNext()
		l.start(r.Exe, r.How)
	}
}

// ask has go build say whether the program that an earlier gorun has built is the
// right one. There is nothing yet that an edit could be compared with.
func (l *loop) ask() {
	found := l.kept
	l.base, l.kept = nil, time.Time{}
	l.again(found)
}

// again builds again what was built from files of which it is not known whether they
// are the same now. Those that were saved since then make it a reload; without one,
// nobody is known to have done anything, and there is none unless there is another
// executable.
func (l *loop) again(started time.Time) {
	if l.pending == nil {
		if change := savedSince(l.graph, started); change.Kind > depgraph.None {
			l.onChange(change)
			return
		}
		l.notice()
	}
	l.dirty = true
	l.quiet.Reset(quietWindow)
}

// savedSince is the change that files make of which a build that began then may have
// seen the content before.
func savedSince(g Graph, started time.Time) depgraph.Change {
	var c depgraph.Change
	for _, path := range g.SavedSince(started) {
		c.Kind = depgraph.Rebuild
		c.Details = append(c.Details, depgraph.Detail{Path: path, Kind: c.Kind, Reason: "saved while it was built"})
	}
	return c
}

// accept notes that the graph is that of a good build.
func (l *loop) accept() {
	l.base, l.broken = l.graph, false
	l.tellUnloaded()
}

// verify reports whether no input may have changed since a build began. If one
// has, it begins another build.
func (l *loop) verify(started time.Time) bool {
	if made := l.outdated(); made.Kind == depgraph.Generate {
		l.print(made)
		l.onChange(made)
		return false
	}
	changed := l.graph.ChangedSince(started)
	if len(changed) == 0 {
		return true
	}
	change, next := l.graph.Classify(changed)
	l.graph = next
	l.print(change)
	l.Debug("plan")("%s may have changed during the build: once more", strings.Join(changed, " "))
	l.restartFor(change)
	if change.Kind > depgraph.Restart {
		l.onChange(change)
		return false
	}
	l.again(started)
	return false
}

func (l *loop) onBroken(r incremental.Result) {
	if r.Err != nil {
		l.Fail("%v", r.Err)
	}
	l.tellBroken(r)
	l.fail(PhaseBuild, "build failed", max(r.Status, 1))
	l.failed("build failed", max(r.Status, 1), brokenOutput(r))
}

// failed stays with what there is when a build, or what comes before it, has
// failed. The status is gorun's where nobody waits for a save; the output is for
// those who have asked for a build.
func (l *loop) failed(what string, status int, output []byte) {
	l.current.over = true
	l.refuse(what, output)
	if !l.staying() && l.program == nil {
		if what != "build failed" {
			l.Fail("%s", what)
		}
		l.exit(status)
		return
	}
	l.broken = true
	switch {
	case l.next != nil && l.program == nil:
		// The last good build waited for a program that has ended since.
		l.startNext()
		l.Fail("%s; the last good one runs", what)
	case l.program != nil:
		l.Fail("%s; the program runs on", what)
	case l.due != nil:
		l.Fail("%s; the last good one is started", what)
	default:
		l.Fail("%s; waiting for a save", what)
	}
	l.rerun()
}

// tellBroken tells of a build that failed, in the compiler's words.
func (l *loop) tellBroken(r incremental.Result) {
	e := event.Event{Kind: event.Failed, Reason: l.why(), Status: &r.Status}
	e.Errors, e.Output = event.ParseErrors(r.Output, l.opts.Dir)
	if r.Err != nil {
		e.Status, e.Output = nil, strings.TrimLeft(e.Output+"\n"+r.Err.Error(), "\n")
	}
	l.tell(e)
}

// brokenOutput is everything that there is to say of a broken build.
func brokenOutput(r incremental.Result) []byte {
	if r.Err == nil {
		return r.Output
	}
	return append(bytes.Clone(r.Output), r.Err.Error()...)
}

func (l *loop) onSame(how string) {
	l.accept()
	if l.arrival != nil && l.arrival.due == nil || l.coming != nil && l.coming.exe != l.running {
		l.dismiss() // undone before that one was ready
	}
	if l.pending != nil && (l.next != nil || l.program == nil) {
		l.due = nil // it starts for what is pending
	}
	switch {
	case l.next != nil && l.program != nil:
		// Undone while the old program was already stopping.
		l.dropNext()
		l.next, l.nextHow = l.running, how
		return
	case l.program == nil && (l.pending != nil || l.next != nil):
		l.dropNext()
		l.start(l.running, how)
		return
	}
	l.current.over = true
	if l.acted && l.program != nil && l.due == nil && l.pending != nil { // without a save there was only doubt
		line := fmt.Sprintf("%s: %s, same program, not restarted (%s)", l.label(), how, l.current.took())
		l.Say("%s", line)
		l.unchanged(line)
	}
	l.settled()
	l.rerun()
}

// settled forgets the changes that the program now has in it.
func (l *loop) settled() {
	if l.acted && !l.dirty {
		l.pending, l.written, l.prepared = nil, nil, ""
	}
}

// tellIdle tells Idle once when nothing is under way any more.
func (l *loop) tellIdle() {
	idle := l.base != nil && l.running != nil && !l.underway() && l.load == nil && l.next == nil && l.arrival == nil && l.coming == nil &&
		l.pending == nil && !l.dirty && l.burst.IsZero() && l.ending == nil && !l.over
	if idle && !l.idle {
		l.Idle(l.base, l.running)
	}
	l.idle = idle
}

// onAlarm builds again what runs and should not.
func (l *loop) onAlarm(a incremental.Alarm) {
	l.base = nil // nothing is the same as the program that runs
	if a.Report != "" {
		l.Fail("go build makes another program of these files; it is built again and the direct way is off\nplease report %s", a.Report)
	} else {
		l.Fail("go build makes another program of these files; it is built again and the direct way is off")
	}
	if l.program == nil && l.next == nil {
		return // it has ended: the next save builds it
	}
	l.merge(depgraph.Change{Kind: depgraph.Rebuild, Details: []depgraph.Detail{{
		Path: "the program", Kind: depgraph.Rebuild, Reason: "the direct way built it wrong",
	}}})
	l.dirty = true
	if l.burst.IsZero() {
		l.notice()
		l.tell(event.Event{Kind: event.Change, Reason: l.why()})
		l.startBuild()
	}
}
