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
	"os"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
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
	// through a memory map, a go.work in a directory that is not watched (/tmp,
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
	Holding  State = "holding"  // the program runs; a newer version waits to be asked for
)

// Options are what the command line decides.
type Options struct {
	Stay     bool          // stay when the first build is broken or the program ends before the first reload
	Overlap  bool          // start the new version first, stop the old one when it is ready
	Hold     bool          // a new version waits to be asked for
	Quiet    bool          // the go command's words are shown where a build fails, only
	Terminal bool          // the program reads a terminal, where ^C may be a key like any other
	Grace    time.Duration // how long a signalled program may take to end
	Profile  string        // of gorun.toml; "" if there is none
	Dir      string        // what printed paths are relative to

	BeforeBuild  bool          // there is such a hook: builds begin when the files are quiet
	Probe        bool          // the user has said when a program is ready: reload lines wait for it
	ReadyTimeout time.Duration // how long that may take; with Probe
	MustBeReady  bool          // gorun ends if the first program is not ready in time
	Restart      bool          // start a program again that has failed by itself
	MaxRestarts  int           // how often in a row
}

// Run runs the loop to its end and returns gorun's exit status.
func Run(r Rooms, o Options) int {
	l := &loop{
		Rooms: r, opts: o, loaded: make(chan loadResult, 1), state: Loading,
		gone: make(chan Program), hookEnded: make(chan *runningHook), closed: make(chan struct{}),
	}
	defer l.lastAnswers()
	defer l.close()
	l.notice()
	l.enter(PhaseCheck)
	if l.opts.BeforeBuild {
		l.reload = true // it may yet change what there is to load
	} else {
		l.startLoad()
	}
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
		case <-l.inputsLoaded():
			l.onInputs()
		case <-l.stepDone():
			l.onStep()
		case <-l.buildDone():
			l.onBuild()
		case <-l.programReady():
			l.onProgramReady()
		case <-l.programDone():
			l.onExit()
		case p := <-l.gone:
			l.onGone(p)
		case a := <-l.Alarms:
			l.onAlarm(a)
		case <-l.arrivalReady():
			l.onReady()
		case <-l.arrivalDone():
			l.onStillborn()
		case <-l.unready.C():
			l.onUnready()
		case <-l.backoff.C():
			l.onBackoff()
		case h := <-l.hookEnded:
			l.onHook(h)
		case <-l.quiet.C():
			l.onQuiet()
		case <-l.grace.C():
			l.onGrace()
		case sig := <-l.Signals:
			l.onSignal(sig)
		case r := <-l.Requests:
			l.onRequest(r)
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

	watched []string // the directories that the watcher follows, sorted

	step     Step             // in flight before a build, or finished and not yet looked at
	stage    stage            // of step, or of the last one
	prepared string           // what the steps did, for the reload line
	written  map[string]bool  // paths that changed during a step: the reload line does not name them
	build    Build            // in flight, or finished and not yet looked at; nil while there is a step
	pending  *depgraph.Change // what changed since the running executable was built; nil before the first save
	dirty    bool             // inputs changed since the build in flight began, or there is none
	reload   bool             // the graph must be loaded again when the burst is over
	first    time.Time        // when the first build began

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
	gone    chan Program            // of those, when nothing is left of them; nobody closes it
	closed  chan struct{}           // closed by close: nobody receives from gone or hookEnded any more
	held    *held                   // with Hold: a new version that waits to be asked for
	coming  *coming                 // with -swap=overlap: the next program waits for before-start
	due     *rerun                  // the program is to start again, without a build

	unsettled bool // gorun.toml was written in this burst
	idle      bool // Idle was told that nothing is under way

	kept   time.Time // if not zero, the program was built by an earlier gorun and found then, and go build has not been asked yet whether it is right
	acted  bool      // a save was acted on: from now on gorun stays
	broken bool      // a failed build was shown, and no good one has followed

	unready timer // runs while what was started last has to become ready

	current  *episode // the newest
	episodes int      // that something was told of
	lives    map[Program]*life
	last     *event.Reload // the newest thing told of any reload
	lastTold time.Time
	line     string   // the newest reload line
	asked    []*asked // requests that are not answered yet

	hooks       []*runningHook          // in flight, but for before-build, which is a step
	hookEnded   chan *runningHook       // nobody closes it
	starting    *runningHook            // before-start
	startingFor *incremental.Executable // for this
	prestarted  *incremental.Executable // what before-start has ended well for
	stopped     bool                    // the program was stopped for what starts next
	hooked      bool                    // before-build has run since the last save
	disturbed   bool                    // files have changed during before-build
	secondRun   bool                    // before-build runs again because they had
	phase       Phase

	crashes int    // restarts in a row
	crashed string // how the program ended
	backoff timer  // runs before the next restart

	ending os.Signal // the user wants gorun to end
	grace  timer     // runs while a signalled program may still end by itself

	over   bool
	status int
}

func (l *loop) exit(status int) { l.over, l.status = true, status }

// close leaves nothing behind.
func (l *loop) close() {
	l.quiet.Stop()
	l.grace.Stop()
	l.unready.Stop()
	l.backoff.Stop()
	if l.step != nil {
		l.step.Cancel()
		<-l.step.Done()
	}
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
		l.died(p)
	}
	l.lastHooks()
	close(l.closed)
	l.dropNext()
	l.dropHeld()
	l.running.Remove()
}

// staying reports whether gorun outlives the program: not before the first save
// that it acts on, so that until then it is `go run`.
func (l *loop) staying() bool { return l.opts.Stay || l.acted || l.pending != nil }

func (l *loop) setState() {
	var s State
	switch {
	case l.next != nil || l.arrival != nil || l.coming != nil:
		s = Swapping
	case l.underway() && l.program == nil && l.running == nil:
		s = Loading
	case l.underway() || l.dirty:
		s = Building
	case l.held != nil:
		s = Holding
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
