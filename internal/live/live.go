// Package live is the loop that keeps a program running its newest build.
//
// One goroutine owns all of its state; every other room sends it values: batches
// of paths from watch, a loaded graph, a finished build, a program's end, a
// signal. The invariant: what is started is the result of a build whose inputs,
// as far as any event or any file's metadata can tell, have not changed since
// that build began; anything else is built again.
//
// The principal function is Run. The rooms come in as functions and small
// interfaces (rooms.go), so the loop is tested with fakes and a fake clock. How to
// build, what a path means, how a process ends, and how lines look is the
// business of incremental, depgraph, exec and console.
package live

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
)

const (
	// quietWindow is how long the files must be left alone before a result is
	// used: an editor's save is two to four operations within a few
	// milliseconds, a formatter on save comes right after them.
	quietWindow = 10 * time.Millisecond

	// burstLimit bounds the wait for quiet, so that a program that writes into
	// its own source tree, or a long checkout, cannot put off a build for ever.
	burstLimit = 200 * time.Millisecond

	// lookAgain is the net under every event that never comes: a file written
	// through a memory map, a go.work in a folder that is not watched (/tmp,
	// where everybody writes). A look at 400 files takes a millisecond.
	lookAgain = 30 * time.Second
)

// A State is what the loop is doing, as GORUNDEBUG=exec names it.
type State string

// The states.
const (
	Loading  State = "loading"  // first build, no program yet
	Running  State = "running"  // the program runs, nothing is under way
	Building State = "building" // a build is under way
	Swapping State = "swapping" // the new executable is there; the old program is stopping, or the new one not ready yet
	Waiting  State = "waiting"  // no program: it ended, or the build is broken
)

// Options are what the command line decides.
type Options struct {
	Stay     bool          // stay when the first build is broken or the program ends before the first reload
	Overlap  bool          // start the new version first, stop the old one when it is ready
	Terminal bool          // the program reads a terminal, where ^C may be a key like any other
	Grace    time.Duration // how long a signalled program may take to end
	Dir      string        // what printed paths are relative to
}

// Run runs the loop to its end and returns gorun's exit status.
func Run(r Rooms, o Options) int {
	l := &loop{Rooms: r, opts: o, loaded: make(chan loadResult, 1), state: Loading}
	defer l.close()
	l.startLoad()
	l.startBuild()
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for !l.over {
		l.setState()
		l.tellIdle()
		select {
		case <-look.C:
			l.onBatch(nil, true)
		case b, ok := <-l.Watch.Batches():
			if !ok {
				l.Fail("the watcher ended by itself; gorun cannot notice a save any more")
				l.exit(1)
				break
			}
			l.onBatch(b.Paths, b.All)
		case r := <-l.loaded:
			l.onLoad(r)
		case <-l.buildDone():
			l.onBuild()
		case <-l.programDone():
			l.onExit()
		case a := <-l.Alarms:
			l.onAlarm(a)
		case <-l.arrivalReady():
			l.onReady()
		case <-l.arrivalDone():
			l.onStillborn()
		case <-l.quiet.C():
			l.onQuiet()
		case <-l.grace.C():
			l.onGrace()
		case sig := <-l.Signals:
			l.onSignal(sig)
		}
	}
	return l.status
}

// loop is the state. Only the goroutine of Run touches it.
type loop struct {
	Rooms
	opts  Options
	state State

	graph  Graph // nil until the first load has ended
	base   Graph // the graph that the running executable was built from, as far as that is verified
	load   context.CancelFunc
	loaded chan loadResult // one load is under way at most; its goroutine sends once

	build   Build            // in flight, or finished and not yet looked at
	pending *depgraph.Change // what changed since the running executable was built; nil before the first save
	noticed time.Time        // when the oldest change of pending was noticed
	dirty   bool             // inputs changed since the build in flight began, or there is none
	reload  bool             // the graph must be loaded again when the burst is over
	first   time.Time        // when the first build began

	unloaded error  // why the last load failed
	told     string // what was last told of that

	quiet timer     // runs during a burst of changes
	burst time.Time // when the burst began

	program Program
	running *incremental.Executable // what the program is, or was, an instance of
	next    *incremental.Executable // starts when the stopping program has ended
	nextHow string                  // how next was built
	arrival *arrival                // with -swap=overlap: the next program, not ready yet
	leaving []Program               // with -swap=overlap: old programs on their way out
	idle    bool                    // Idle was told that nothing is under way

	kept   bool // the first program was built by an earlier gorun, and go build has not been asked yet whether it is right
	acted  bool // a save was acted on: from now on gorun stays
	broken bool // a failed build was shown, and no good one has followed

	ending os.Signal // the user wants gorun to end
	grace  timer     // runs while a signalled program may still end by itself

	over   bool
	status int
}

type loadResult struct {
	graph Graph
	err   error
}

func (l *loop) exit(status int) { l.over, l.status = true, status }

// close leaves nothing behind.
func (l *loop) close() {
	l.quiet.Stop()
	l.grace.Stop()
	if l.build != nil {
		l.build.Cancel()
		<-l.build.Done()
		l.build.Result().Exe.Remove()
	}
	if l.load != nil {
		l.load()
		<-l.loaded
	}
	l.dismiss()
	if l.program != nil {
		l.leaving = append(l.leaving, l.program)
	}
	for _, p := range l.leaving {
		p.Kill()
		<-p.Done()
	}
	l.dropNext()
	l.running.Remove()
}

// staying reports whether gorun outlives the program: not before the first save
// that it acts on, so that until then it is `go run`.
func (l *loop) staying() bool { return l.opts.Stay || l.acted || l.pending != nil }

func (l *loop) setState() {
	var s State
	switch {
	case l.next != nil || l.arrival != nil:
		s = Swapping
	case l.build != nil && l.program == nil && l.running == nil:
		s = Loading
	case l.build != nil || l.dirty:
		s = Building
	case l.program != nil:
		s = Running
	default:
		s = Waiting
	}
	if s != l.state {
		l.Debug("exec")("%s → %s", l.state, s)
		l.state = s
	}
}

// tellIdle tells Idle once when nothing is under way any more.
func (l *loop) tellIdle() {
	idle := l.base != nil && l.running != nil && l.build == nil && l.load == nil && l.next == nil && l.arrival == nil &&
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
		l.noticed = time.Now()
		l.startBuild()
	}
}

// startLoad begins to load the graph and lets go of a load under way.
func (l *loop) startLoad() {
	l.reload = false
	if l.load != nil {
		l.load()
		<-l.loaded
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.load = cancel
	prev := l.graph
	go func() {
		g, err := l.Load(ctx, prev)
		l.loaded <- loadResult{g, err}
	}()
}

func (l *loop) onLoad(r loadResult) {
	l.load()
	l.load = nil
	first := l.graph == nil
	l.graph = r.graph
	l.unloaded = r.err
	if first && l.build == nil && l.program != nil {
		l.tellUnloaded()
	}
	l.watchGraph()
	// What was saved before the watches stood sent no event.
	if first && l.build == nil {
		// The first build is in use already: were its inputs these?
		if l.kept {
			l.ask()
		} else if l.verify(l.first) {
			l.base = l.graph
		}
	}
	l.onBatch(nil, true)
}

// tellUnloaded says that the graph could not be loaded, where no build says so
// in the go command's words.
func (l *loop) tellUnloaded() {
	if l.unloaded == nil || l.unloaded.Error() == l.told {
		return
	}
	l.told = l.unloaded.Error()
	l.Fail("saves may go unnoticed: loading the package graph: %s", l.told)
}

// watchGraph makes the watcher follow the graph.
func (l *loop) watchGraph() {
	dirs := l.graph.WatchDirs()
	if err := l.Watch.Watch(dirs); err != nil {
		l.Fail("watching: %v", err)
	}
	l.Debug("watch")("%d folders", len(dirs))
}

// onBatch looks at what may have changed.
func (l *loop) onBatch(paths []string, all bool) {
	if all {
		paths = nil
	}
	if l.graph == nil {
		return // onLoad looks at everything
	}
	change, next := l.graph.Classify(paths)
	l.graph = next
	l.print(change)
	if change.Rewatch {
		l.watchGraph()
	}
	switch {
	case change.Kind > depgraph.None:
		l.onChange(change)
	case change.Touched && l.build != nil:
		// Written during the build with the content that it had before: the
		// compiler may have read something between.
		l.onChange(depgraph.Change{Kind: depgraph.Rebuild, Details: change.Details})
	}
}

// onChange acts on a change of the program's inputs: at once if the files were
// quiet before, at the burst's end otherwise.
func (l *loop) onChange(change depgraph.Change) {
	now := time.Now()
	if l.pending == nil || l.build == nil && l.burst.IsZero() {
		l.noticed = now
	}
	l.merge(change)
	l.dirty = true
	l.reload = l.reload || change.Kind == depgraph.Reload
	if l.ending != nil && l.opts.Terminal && l.program != nil {
		// The program took the terminal's ^C for something else.
		l.ending = nil
		l.grace.Stop()
	}
	if l.next != nil && l.program != nil {
		l.program.Hurry() // no use in waiting for a stubborn one now
	}
	if l.burst.IsZero() {
		l.burst = now
		l.startBuild()
	} else if l.build != nil {
		l.build.Cancel()
	}
	l.quiet.Reset(min(quietWindow, burstLimit-now.Sub(l.burst)))
}

// onQuiet ends a burst.
func (l *loop) onQuiet() {
	l.quiet.Stop()
	l.burst = time.Time{}
	if l.pending != nil || l.dirty {
		if l.compare() == depgraph.None {
			l.forget()
			return
		}
	}
	if l.dirty {
		l.startBuild()
	}
}

// compare makes pending what differs from what the running program was built
// from, and returns its kind: None if an edit was undone, or a file was half
// written when the burst began.
func (l *loop) compare() depgraph.Kind {
	if l.base == nil || l.program == nil || l.next != nil || l.arrival != nil {
		return depgraph.Rebuild // nothing to compare with, or no use in it
	}
	change, next := l.base.Classify(nil)
	if change.Kind == depgraph.None {
		l.base = next
	} else if l.pending != nil {
		l.pending = &change
	}
	return change.Kind
}

// forget drops what is under way for a change that is undone.
func (l *loop) forget() {
	if l.build != nil {
		l.build.Cancel()
		l.build = nil
	}
	if l.load != nil {
		l.load()
		<-l.loaded
		l.load = nil
	}
	if l.broken {
		l.Say("%s: undone, the program runs on", label(l.pending, l.opts.Dir))
	}
	l.graph, l.pending, l.dirty, l.reload, l.broken = l.base, nil, false, false, false
	l.watchGraph()
}

func (l *loop) merge(change depgraph.Change) {
	if l.pending != nil {
		change = merge(*l.pending, change)
	}
	l.pending = &change
}

// startBuild builds what is on the disk now; a build under way is cancelled.
func (l *loop) startBuild() {
	l.dirty = false
	if l.reload {
		l.startLoad()
	}
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
	if errors.Is(r.Err, incremental.ErrSuperseded) {
		return // gorun is ending
	}
	if l.graph != nil && !l.verify(build.Started()) {
		r.Exe.Remove()
		return
	}
	l.acted = l.acted || l.pending != nil
	l.kept = r.Kept
	l.Output(r.Output)
	switch {
	case r.Err != nil || r.Status != 0:
		l.onBroken(r)
	case r.Same:
		l.onSame(r.How)
	case l.program != nil && l.opts.Overlap:
		l.acted = true
		l.startBeside(r.Exe, r.How)
	case l.program != nil:
		l.acted = true
		l.accept()
		l.dropNext()
		l.next, l.nextHow = r.Exe, r.How
		l.program.Retire()
	default:
		l.accept()
		l.dropNext()
		l.start(r.Exe, r.How)
		if r.Kept && l.graph != nil {
			l.ask()
		}
	}
}

// ask has go build say whether the program that an earlier gorun has built is the
// right one. There is nothing yet that an edit could be compared with.
func (l *loop) ask() {
	l.base, l.dirty, l.noticed = nil, true, time.Now()
	l.quiet.Reset(quietWindow)
}

// accept notes that the graph is that of a good build.
func (l *loop) accept() {
	l.base, l.broken = l.graph, false
	l.tellUnloaded()
}

// verify reports whether no input may have changed since a build began. If one
// has, it begins another build.
func (l *loop) verify(started time.Time) bool {
	changed := l.graph.ChangedSince(started)
	if len(changed) == 0 {
		return true
	}
	change, next := l.graph.Classify(changed)
	l.graph = next
	l.print(change)
	l.Debug("plan")("%s may have changed during the build: once more", strings.Join(changed, " "))
	if change.Kind > depgraph.None {
		l.onChange(change)
		return false
	}
	// Nobody is known to have saved anything: no reload unless there is another
	// executable.
	l.dirty = true
	l.quiet.Reset(quietWindow)
	return false
}

func (l *loop) onBroken(r incremental.Result) {
	if r.Err != nil {
		l.Fail("%v", r.Err)
	}
	if !l.staying() && l.program == nil {
		l.exit(max(r.Status, 1))
		return
	}
	l.broken = true
	switch {
	case l.next != nil && l.program == nil:
		// The last good build waited for a program that has ended since.
		next := l.next
		l.next = nil
		l.start(next, l.nextHow)
		l.Fail("build failed; the last good one runs")
	case l.program != nil:
		l.Fail("build failed; the program runs on")
	default:
		l.Fail("build failed; waiting for a save")
	}
}

func (l *loop) onSame(how string) {
	l.accept()
	l.dismiss() // undone before that one was ready
	switch {
	case l.next != nil && l.program != nil:
		// Undone while the old program was already stopping.
		l.dropNext()
		l.next, l.nextHow = l.running, how
		return
	case l.program == nil && l.pending != nil:
		l.dropNext()
		l.start(l.running, how)
		return
	}
	if l.acted && l.program != nil {
		l.Say("%s: %s, same program, not restarted (%s)", label(l.pending, l.opts.Dir), how, l.since())
	}
	l.settled()
}

// settled forgets the changes that the program now has in it.
func (l *loop) settled() {
	if l.acted && !l.dirty {
		l.pending = nil
	}
}

// start starts an executable; there is no program.
func (l *loop) start(exe *incremental.Executable, how string) {
	restart := exe == l.running
	p, err := l.Start(exe)
	if err != nil {
		l.Fail("%v", err)
		if !restart {
			exe.Remove()
		}
		if !l.staying() {
			l.exit(1)
		}
		return
	}
	if !restart {
		l.running.Remove()
		l.running = exe
	}
	l.program = p
	if l.acted {
		l.Say("%s: %s, swapped in %s", label(l.pending, l.opts.Dir), how, l.since())
	}
	l.settled()
}

func (l *loop) dropNext() {
	if l.next != l.running {
		l.next.Remove()
	}
	l.next = nil
}

func (l *loop) programDone() <-chan struct{} {
	if l.program == nil {
		return nil
	}
	return l.program.Done()
}

func (l *loop) onExit() {
	out := l.program.Outcome()
	l.program = nil
	l.grace.Stop()
	switch {
	case l.ending != nil:
		l.exit(out.ExitStatus())
	case l.arrival != nil:
		l.promote()
	case l.next != nil:
		if l.dirty || l.build != nil {
			return // a newer one is on its way; onBroken falls back to next
		}
		next := l.next
		l.next = nil
		l.start(next, l.nextHow)
	case !l.staying():
		l.exit(out.ExitStatus())
	default:
		l.Say("%s; waiting for a save", out)
	}
}

// onSignal passes a signal on and begins to end gorun; the second one kills.
func (l *loop) onSignal(sig os.Signal) {
	if l.program == nil {
		l.exit(signalStatus(sig))
		return
	}
	if l.build != nil {
		l.build.Cancel()
	}
	if l.ending != nil {
		l.program.Kill()
		return
	}
	l.ending = sig
	l.dismiss()
	if s, ok := sig.(syscall.Signal); ok {
		l.program.Forward(s)
	}
	l.grace.Reset(l.opts.Grace)
}

// onGrace comes when a signalled program has not ended in time. One that was
// told by the terminal is left alone, as `go run` does: to a shell or an editor
// ^C is a key like any other.
func (l *loop) onGrace() {
	l.grace.Stop()
	switch {
	case l.program == nil || l.ending == nil:
	case l.opts.Terminal && (l.ending == os.Interrupt || l.ending == syscall.SIGQUIT):
		l.Say("the program runs on; ^C again kills it")
	default:
		l.program.Kill()
	}
}

func signalStatus(sig os.Signal) int {
	if s, ok := sig.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 1
}

func (l *loop) since() time.Duration {
	return time.Since(l.noticed).Round(time.Millisecond)
}

func (l *loop) print(c depgraph.Change) {
	for _, d := range c.Details {
		l.Debug("watch")("%s: %s: %s", d.Path, d.Kind, d.Reason)
	}
}
