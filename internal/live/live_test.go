package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/watch"
)

// world is a set of fake rooms and the record of what the loop did with them.
type world struct {
	deps        Deps // as the loop got them
	files       *fakeFiles
	reconfigure func(profile string) (*Setup, error)

	t        *testing.T
	batches  chan watch.Batch
	signals  chan os.Signal
	kinds    map[string]depgraph.Kind // what a path means
	disk     atomic.Int64             // the version of the files
	saved    []string                 // what made each version from the one before
	touched  bool                     // the next Classify reports Touched
	half     bool                     // the next Classify reports half of a save
	since    []string                 // the next ChangedSince returns it
	later    []string                 // SavedSince returns it
	asked    []time.Time              // what it was asked for
	loadTime time.Duration
	loadErr  error
	loads    int
	dirs     []string // what a graph wants watched
	rewatch  bool     // the next Classify reports Rewatch
	watching func()   // called when a watch begins
	builds   []*fakeBuild
	programs []*fakeProgram
	stubborn bool // programs that start from now on ignore Stop and Forward
	status   chan int
	hookable []string    // the hooks that there are
	hooks    []*fakeHook // that were started
	idles    []string    // what Idle was told: the graph's version and the executable
	alarms   chan incremental.Alarm
	gen      *fakeGenerator // nil: nothing is ever generated

	requests chan Request
	startErr error // of programs that are to start from now on

	mu     sync.Mutex
	log    []string
	events []event.Event
}

// turn orders what the test did before what the loop does next: between them
// there may be nothing but the bubble's clock, which the race detector does not
// take for an order. The test has its turn when synctest.Wait returns.
func (w *world) turn() {
	w.mu.Lock()
	//lint:ignore SA2001 the order is all that is wanted
	w.mu.Unlock()
}

func (w *world) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

// sayings is what was said so far.
func (w *world) sayings() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.log)
}

func newWorld(t *testing.T) *world {
	return &world{
		t:        t,
		batches:  make(chan watch.Batch),
		signals:  make(chan os.Signal, 4),
		alarms:   make(chan incremental.Alarm, 1),
		requests: make(chan Request),
		kinds:    map[string]depgraph.Kind{"/m/main.go": depgraph.Rebuild, "/m/lib.go": depgraph.Rebuild, "/m/go.mod": depgraph.Reload},
		dirs:     []string{"/m"},
		status:   make(chan int, 1),
	}
}

func (w *world) run(o Settings) {
	o.Dir = "/m"
	o.BeforeBuild = slices.Contains(w.hookable, BeforeBuild)
	if o.Grace == 0 {
		o.Grace = 3 * time.Second
	}
	go func() {
		w.deps = Deps{
			Generate: w.generator(),
			Load: func(ctx context.Context, prev Graph) (Graph, error) {
				w.turn()
				w.loads++
				select {
				case <-time.After(w.loadTime):
				case <-ctx.Done():
				}
				return fakeGraph{w, int(w.disk.Load())}, w.loadErr
			},
			Build: func(change *depgraph.Change, running *incremental.Executable) Build {
				w.turn()
				if n := len(w.builds); n > 0 {
					w.builds[n-1].Cancel()
				}
				b := &fakeBuild{started: time.Now(), done: make(chan struct{}), running: running}
				w.builds = append(w.builds, b)
				return b
			},
			Start: func(v Version) (Program, error) {
				w.turn()
				if w.startErr != nil {
					return nil, w.startErr
				}
				p := &fakeProgram{exe: v.Exe, settings: v.Settings, ready: make(chan struct{}), done: make(chan struct{}), stubborn: w.stubborn, pid: 1000 + len(w.programs)}
				w.programs = append(w.programs, p)
				return p, nil
			},
			Idle: func(g Graph, running *incremental.Executable) {
				w.turn()
				w.idles = append(w.idles, fmt.Sprintf("%d %s", g.(fakeGraph).seen, running.Path))
			},
			Hook:   w.hook,
			Alarms: w.alarms,
			Watch:  fakeWatcher{w}, Signals: w.signals, Requests: w.requests,
			Event: func(e event.Event) {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.events = append(w.events, e)
			},
			Say: w.say, Fail: w.say, Output: func(b []byte) { w.say("%s", b) },
			Debug: func(string) func(string, ...any) { return func(string, ...any) {} },
		}
		if w.files != nil {
			w.deps.Files = w.files
		}
		w.deps.Reconfigure = w.reconfigure
		w.status <- Run(w.deps, o)
	}()
	synctest.Wait()
}

// fakeGraph knows the files as they were when it saw them last.
type fakeGraph struct {
	w    *world
	seen int
}

func (g fakeGraph) Classify(paths []string) (depgraph.Change, Graph) {
	g.w.turn()
	disk := int(g.w.disk.Load())
	if paths == nil && g.seen != disk {
		c := depgraph.Change{Kind: depgraph.Rebuild}
		for _, p := range g.w.saved[min(g.seen, disk):max(g.seen, disk)] {
			c.Details = append(c.Details, depgraph.Detail{Path: p, Kind: depgraph.Rebuild})
		}
		return c, fakeGraph{g.w, disk}
	}
	g.seen = disk
	c := depgraph.Change{Touched: g.w.touched, Rewatch: g.w.rewatch}
	for _, p := range paths {
		if k := g.w.kinds[p]; k > depgraph.None {
			c.Kind = max(c.Kind, k)
			c.Details = append(c.Details, depgraph.Detail{Path: p, Kind: k, Reason: "content changed", Half: g.w.half})
		}
	}
	g.w.touched, g.w.rewatch, g.w.half = false, false, false
	return c, g
}

func (g fakeGraph) ChangedSince(time.Time) []string {
	g.w.turn()
	since := g.w.since
	g.w.since = nil
	return since
}

func (g fakeGraph) SavedSince(t time.Time) []string {
	g.w.turn()
	g.w.asked = append(g.w.asked, t)
	return g.w.later
}

func (g fakeGraph) WatchDirs() []string {
	g.w.turn()
	return g.w.dirs
}

type fakeWatcher struct{ w *world }

func (f fakeWatcher) Watch(dirs []string) error {
	f.w.say("watch %s", strings.Join(dirs, " "))
	if f.w.watching != nil {
		f.w.watching()
	}
	return nil
}
func (f fakeWatcher) Batches() <-chan watch.Batch { return f.w.batches }
func (f fakeWatcher) Close() error                { return nil }

type fakeBuild struct {
	started   time.Time
	done      chan struct{}
	result    incremental.Result
	running   *incremental.Executable
	cancelled bool
}

func (b *fakeBuild) Started() time.Time          { return b.started }
func (b *fakeBuild) Done() <-chan struct{}       { return b.done }
func (b *fakeBuild) Result() incremental.Result  { <-b.done; return b.result }
func (b *fakeBuild) finish(r incremental.Result) { b.result = r; close(b.done) }
func (b *fakeBuild) Cancel() {
	select {
	case <-b.done:
	default:
		b.cancelled = true
		b.finish(incremental.Result{Err: incremental.ErrSuperseded})
	}
}

type fakeProgram struct {
	exe      *incremental.Executable
	settings *Settings
	ready    chan struct{}
	done     chan struct{}
	outcome  exec.Outcome
	stubborn bool
	pid      int

	mu  sync.Mutex
	got []string
}

func (p *fakeProgram) gets(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, what)
}

// received is what the loop did to the program so far.
func (p *fakeProgram) received() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

func (p *fakeProgram) Pid() int              { return p.pid }
func (p *fakeProgram) Done() <-chan struct{} { return p.done }
func (p *fakeProgram) Outcome() exec.Outcome { return p.outcome }
func (p *fakeProgram) end(o exec.Outcome) {
	select {
	case <-p.done:
	default:
		p.outcome = o
		close(p.done)
	}
}

func (p *fakeProgram) Forward(sig syscall.Signal) {
	p.gets(sig.String())
	if !p.stubborn {
		p.end(exec.Outcome{Signal: sig})
	}
}

func (p *fakeProgram) Ready() <-chan struct{} { return p.ready }

func (p *fakeProgram) Missing() string { return "it does not answer" }

func (p *fakeProgram) Hurry() { p.Kill() }

func (p *fakeProgram) Retire() {
	p.gets("retire")
	if !p.stubborn {
		p.end(exec.Outcome{Signal: syscall.SIGTERM})
	}
}

func (p *fakeProgram) Kill() {
	p.gets("kill")
	p.end(exec.Outcome{Signal: syscall.SIGKILL})
}

// The steps of a test.

// save changes files that belong to the build, if any of the paths does.
func (w *world) save(paths ...string) {
	for _, p := range paths {
		if w.kinds[p] > depgraph.None {
			w.saved = append(w.saved[:w.disk.Load()], p)
			w.disk.Add(1)
			break
		}
	}
	w.event(paths...)
}

// undo brings the files back to an earlier version.
func (w *world) undo(version int, paths ...string) {
	w.disk.Store(int64(version))
	w.event(paths...)
}

func (w *world) event(paths ...string) {
	w.batches <- watch.Batch{Paths: paths}
	synctest.Wait()
}

func (w *world) pass(d time.Duration) {
	w.turn()
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
}

func (w *world) lastBuild() *fakeBuild     { return w.builds[len(w.builds)-1] }
func (w *world) lastProgram() *fakeProgram { return w.programs[len(w.programs)-1] }

func (w *world) built() *incremental.Executable {
	e := &incremental.Executable{Path: fmt.Sprintf("/exe/%d", len(w.builds))}
	w.lastBuild().finish(incremental.Result{Exe: e, How: "go build"})
	synctest.Wait()
	return e
}

func (w *world) brokenBuild() {
	w.lastBuild().finish(incremental.Result{Status: 1, Output: []byte("# m\nmain.go:1: no")})
	synctest.Wait()
}

func (w *world) want(builds, programs int) {
	w.t.Helper()
	if len(w.builds) != builds || len(w.programs) != programs {
		w.t.Fatalf("%d builds and %d programs, want %d and %d; log: %q", len(w.builds), len(w.programs), builds, programs, w.sayings())
	}
}

func (w *world) said(text string) bool {
	return slices.ContainsFunc(w.sayings(), func(s string) bool { return strings.Contains(s, text) })
}

func (w *world) wantSaid(text string) {
	w.t.Helper()
	if !w.said(text) {
		w.t.Errorf("nothing said of %q: %q", text, w.sayings())
	}
}

// finish ends the loop by SIGTERM and returns its status.
func (w *world) finish() int {
	w.signals <- syscall.SIGTERM
	return <-w.status
}

func (w *world) wantStatus(want int) {
	w.t.Helper()
	select {
	case got := <-w.status:
		if got != want {
			w.t.Errorf("status %d, want %d", got, want)
		}
	default:
		w.t.Fatalf("gorun goes on; log: %q", w.sayings())
	}
}

func test(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newWorld(t)) })
}

func TestEndsWithTheProgramBeforeTheFirstReload(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.want(1, 0)
		w.built()
		w.want(1, 1)
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.wantStatus(3)
	})
}

func TestEndsWithABrokenFirstBuild(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.loadTime = time.Second // need not be waited for
		w.run(Settings{})
		w.brokenBuild()
		w.wantStatus(1)
	})
}

func TestStays(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true})
		w.brokenBuild()
		w.wantSaid("waiting for a save")
		w.save("/m/main.go")
		w.want(2, 0)
		w.pass(quietWindow)
		w.built()
		w.want(2, 1)
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.wantSaid("exit status 3; waiting for a save")
		w.save("/m/main.go")
		w.want(3, 1)
		w.finish()
	})
}

func TestSaveBuildsAtOnceAndSwapsWhenQuiet(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		old := w.lastProgram()
		w.save("/m/main.go")
		w.want(2, 1)
		exe := w.built()
		if len(old.received()) != 0 {
			t.Fatalf("swapped before the files were quiet: %v", old.received())
		}
		w.pass(quietWindow)
		w.want(2, 2)
		if !slices.Equal(old.received(), []string{"retire"}) {
			t.Errorf("the old program got %v", old.received())
		}
		if w.lastProgram().exe != exe {
			t.Error("another executable was started")
		}
		w.wantSaid("main.go: go build, swapped in 10ms")
		w.lastProgram().end(exec.Outcome{Code: 1})
		synctest.Wait()
		w.wantSaid("exit status 1; waiting for a save") // the edit loop has begun
		w.finish()
	})
}

func TestNothingHappensForFilesOutsideTheBuild(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		n := len(w.sayings())
		w.save("/m/README.md")
		w.touched = true // the same content again, no build in flight
		w.save("/m/main_test.go")
		w.pass(time.Second)
		w.want(1, 1)
		if log := w.sayings(); len(log) != n {
			t.Errorf("something was said: %q", log[n:])
		}
		w.finish()
	})
}

func TestSaveCancelsABuild(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.save("/m/main.go")
		w.pass(time.Second)
		first := w.lastBuild()
		w.save("/m/lib.go")
		if !first.cancelled {
			t.Error("the build goes on with old files")
		}
		w.want(3, 1)
		w.pass(quietWindow)
		w.built()
		w.want(3, 2)
		w.wantSaid("main.go (+1): go build, swapped in 1.01s")
		w.finish()
	})
}

// A file that is cut before it is written: no build of the empty one.
func TestHalfASaveIsNotBuilt(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.half = true
		w.save("/m/main.go")
		w.want(1, 1)
		w.pass(quietWindow / 2)
		w.save("/m/main.go")
		w.want(1, 1)
		w.pass(quietWindow)
		w.want(2, 1)
		w.built()
		w.want(2, 2)
		// Nor does it wait for more than quiet: it may be all that comes.
		w.half = true
		w.save("/m/main.go")
		w.want(2, 2)
		w.pass(quietWindow)
		w.want(3, 2)
		w.finish()
	})
}

func TestBurstBuildsAtItsStartAndAtItsEnd(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		for range 10 {
			w.save("/m/main.go")
			w.pass(5 * time.Millisecond)
		}
		w.want(2, 1)
		w.pass(quietWindow)
		w.want(3, 1)
		w.built()
		w.want(3, 2)
		w.finish()
	})
}

func TestLongBurstDoesNotPutOffABuildForEver(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		for range 50 {
			w.save("/m/main.go")
			w.pass(5 * time.Millisecond)
		}
		if len(w.builds) < 3 {
			t.Errorf("%d builds in a burst of 250 ms", len(w.builds))
		}
		w.finish()
	})
}

func TestBrokenBuildLeavesTheProgram(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.brokenBuild()
		w.want(2, 1)
		if got := w.lastProgram().received(); len(got) != 0 {
			t.Errorf("the program got %v", got)
		}
		w.wantSaid("main.go:1: no")
		w.wantSaid("build failed; the program runs on")
		w.finish()
	})
}

func TestSameExecutableIsNotRestarted(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		exe := w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		if w.lastBuild().running != exe {
			t.Error("the build was not given the running executable")
		}
		w.lastBuild().finish(incremental.Result{Same: true})
		synctest.Wait()
		w.want(2, 1)
		w.wantSaid("same program, not restarted")
		// A program that has ended is started again all the same.
		w.lastProgram().end(exec.Outcome{})
		synctest.Wait()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.lastBuild().finish(incremental.Result{Same: true})
		synctest.Wait()
		w.want(3, 2)
		if w.lastProgram().exe != exe {
			t.Error("another executable was started")
		}
		w.finish()
	})
}

func TestSaveWhileAStubbornProgramStopsKillsIt(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.stubborn = true
		w.run(Settings{})
		w.built()
		old := w.lastProgram()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.pass(time.Second)
		w.want(2, 1)
		w.save("/m/main.go")
		if !slices.Equal(old.received(), []string{"retire", "kill"}) {
			t.Errorf("the old program got %v", old.received())
		}
		w.want(3, 1) // the build that is stale by now is not started
		w.pass(quietWindow)
		newest := w.built()
		w.want(3, 2)
		if w.lastProgram().exe != newest {
			t.Error("a stale executable was started")
		}
		w.signals <- syscall.SIGTERM
		w.pass(4 * time.Second)
		w.wantStatus(137)
	})
}

func TestLastGoodBuildStartsWhenTheNewestIsBroken(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.stubborn = true
		w.run(Settings{})
		w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		good := w.built()
		w.stubborn = false
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.brokenBuild()
		w.want(3, 2)
		if w.lastProgram().exe != good {
			t.Error("another executable was started")
		}
		w.finish()
	})
}

func TestUndoWhileTheOldProgramStopsStartsItAgain(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.stubborn = true
		w.run(Settings{})
		first := w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.undo(0, "/m/main.go") // kills the stubborn one
		w.pass(quietWindow)
		w.stubborn = false
		w.lastBuild().finish(incremental.Result{Same: true})
		synctest.Wait()
		w.want(3, 2)
		if w.lastProgram().exe != first {
			t.Error("another executable was started")
		}
		w.finish()
	})
}

func TestUndoneEditNeedsNoBuild(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.undo(0, "/m/main.go")
		w.pass(quietWindow)
		w.want(3, 1) // one more began at once, and was dropped when the files were quiet
		if !w.lastBuild().cancelled {
			t.Error("the build for an undone edit goes on")
		}
		for _, line := range w.sayings() {
			if strings.Contains(line, "main.go") {
				t.Errorf("said of an edit that came to nothing: %q", line)
			}
		}
		// The program has nothing of a reload in it: gorun is still go run.
		w.lastProgram().end(exec.Outcome{Code: 4})
		synctest.Wait()
		w.wantStatus(4)
	})
}

func TestUndoneBrokenEditIsSaid(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.brokenBuild()
		w.undo(0, "/m/main.go")
		w.pass(quietWindow)
		w.wantSaid("main.go: undone, the program runs on")
		w.finish()
	})
}

func TestWrittenDuringTheBuildWithTheSameContentIsBuiltAgain(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.touched = true
		w.save("/m/lib.txt")
		if !w.builds[1].cancelled {
			t.Error("the doubtful build goes on")
		}
		w.pass(quietWindow)
		w.want(3, 1)
		w.finish()
	})
}

// A doubt is no save: gorun still ends with its program. What was listed meanwhile is
// as doubtful as what was built.
func TestDoubtDuringTheFirstBuild(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.pass(time.Second) // the graph is loaded, the build goes on
		w.touched = true
		w.save("/m/main_test.go")
		if !w.builds[0].cancelled {
			t.Error("the doubtful build goes on")
		}
		w.pass(quietWindow)
		w.built()
		w.want(2, 1)
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.wantStatus(3)
	})
}

func TestDoubtDuringALoad(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.pass(time.Second)
		w.loadTime = 300 * time.Millisecond
		loads := w.loads
		w.kinds["/m/go.mod"] = depgraph.Reload
		w.save("/m/go.mod")
		w.pass(100 * time.Millisecond)
		w.touched = true
		w.save("/m/new.go")
		w.pass(time.Second)
		if w.loads != loads+2 {
			t.Errorf("loaded %d times, want twice", w.loads-loads)
		}
		w.built()
		w.want(3, 2)
		w.finish()
	})
}

func TestInputsChangedSinceTheBuildBegan(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.since = []string{"/m/lib.go"} // no event came for it
		w.built()
		w.want(3, 1)
		w.pass(quietWindow)
		w.built()
		w.want(3, 2)
		w.finish()
	})
}

func TestInputsChangedDuringTheFirstBuild(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.loadTime = 300 * time.Millisecond
		w.run(Settings{})
		w.built()
		w.want(1, 1) // starts without waiting for the graph
		w.since = []string{"/m/lib.go"}
		w.pass(300 * time.Millisecond)
		w.want(2, 1)
		w.finish()
	})
}

func TestSavedInANewDirBeforeItIsWatched(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.dirs, w.rewatch = []string{"/m", "/m/static"}, true
		w.watching = func() { // its event does not come
			w.saved = append(w.saved, "/m/static/a.css")
			w.disk.Add(1)
			w.watching = nil
		}
		w.event("/m/static")
		w.want(2, 1)
		w.pass(quietWindow)
		w.built()
		w.wantSaid("static/a.css: go build, swapped in")
		w.finish()
	})
}

func TestSavedDuringTheFirstBuildIsAReload(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.loadTime = 300 * time.Millisecond
		w.run(Settings{})
		w.built()
		// The graph has seen it already: to Classify it is no change.
		w.since, w.later = []string{"/m/seen.go"}, []string{"/m/seen.go"}
		w.pass(300 * time.Millisecond)
		w.want(2, 1)
		w.pass(quietWindow)
		w.lastBuild().finish(incremental.Result{Same: true, How: "go build"})
		synctest.Wait()
		w.wantSaid("seen.go: go build, same program, not restarted")
		w.finish()
	})
}

func TestSavedAfterARecordedProgramHasEndedIsBuilt(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.loadTime = 300 * time.Millisecond
		w.run(Settings{Stay: true})
		w.lastBuild().finish(incremental.Result{Exe: &incremental.Executable{Path: "/exe/kept"}, Kept: true})
		synctest.Wait()
		w.lastProgram().end(exec.Outcome{Code: 3})
		w.later = []string{"/m/lib.go"}
		w.pass(300 * time.Millisecond)
		w.want(2, 1)
		w.pass(quietWindow)
		w.built()
		w.want(2, 2)
		w.finish()
	})
}

// A recorded program that comes later, by a change of profiles, has all in it that was
// saved before it was found.
func TestRecordedProgramOfLaterIsAskedForSinceThen(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true})
		w.built()
		w.pass(time.Minute)
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.lastBuild().finish(incremental.Result{Exe: &incremental.Executable{Path: "/exe/kept"}, Kept: true})
		synctest.Wait()
		if n := len(w.asked); n != 1 || !w.asked[0].Equal(w.builds[1].started) {
			t.Errorf("asked for files saved since %v, want since %v", w.asked, w.builds[1].started)
		}
		w.finish()
	})
}

func TestReloadLoadsTheGraphBeforeItTrustsABuild(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.loadTime = 300 * time.Millisecond
		w.dirs = []string{"/m", "/m/new"}
		w.save("/m/go.mod")
		w.pass(quietWindow)
		w.built()
		w.want(2, 1)
		w.pass(300 * time.Millisecond)
		w.want(2, 2)
		w.wantSaid("watch /m /m/new")
		if w.loads != 2 {
			t.Errorf("%d loads", w.loads)
		}
		w.finish()
	})
}

func TestBrokenGraphIsWatchedForTheMend(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.loadErr = errors.New("go.mod:1: unknown directive")
		w.run(Settings{Stay: true})
		w.brokenBuild()
		w.loadErr = nil
		w.save("/m/go.mod")
		w.pass(quietWindow)
		w.want(2, 0)
		w.built()
		w.want(2, 1)
		w.finish()
	})
}

func TestGraphThatCannotBeLoadedIsTold(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.loadErr = errors.New("no go command in PATH")
		w.loadTime = time.Second
		w.run(Settings{})
		w.built()
		w.pass(time.Second)
		w.wantSaid("saves may go unnoticed: loading the package graph: no go command in PATH")
		w.finish()
	})
}

func TestSignalIsPassedOnAndThenKills(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.stubborn = true
		w.run(Settings{Grace: 3 * time.Second})
		w.built()
		w.signals <- syscall.SIGTERM
		w.pass(2 * time.Second)
		p := w.lastProgram()
		if !slices.Equal(p.received(), []string{"terminated"}) {
			t.Errorf("the program got %v", p.received())
		}
		w.pass(time.Second)
		w.wantStatus(137)
	})
}

func TestTerminalInterruptWaitsAndTheSecondKills(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.stubborn = true
		w.run(Settings{Terminal: true})
		w.built()
		w.signals <- syscall.SIGINT
		w.pass(time.Minute)
		w.wantSaid("^C again kills it")
		if p := w.lastProgram(); slices.Contains(p.received(), "kill") {
			t.Error("killed by the first ^C")
		}
		w.signals <- syscall.SIGINT
		synctest.Wait()
		w.wantStatus(137)
	})
}

func TestSignalWithoutAProgram(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true})
		w.brokenBuild()
		w.signals <- syscall.SIGINT
		synctest.Wait()
		w.wantStatus(130)
	})
}

func TestOverflowLooksAtEverything(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.saved = []string{"/m/main.go"}
		w.disk.Store(1)
		w.batches <- watch.Batch{All: true}
		synctest.Wait()
		w.want(2, 1)
		w.finish()
	})
}

func TestSaveWithoutAnEventIsFoundInTheEnd(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.saved = []string{"/m/main.go"}
		w.disk.Store(1)
		w.pass(missedEvents)
		w.want(2, 1)
		w.finish()
	})
}

// TestIdleIsToldOnceAndWithWhatRuns shows when there is time for what nobody waits for.
func TestIdleIsToldOnceAndWithWhatRuns(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.loadTime = time.Second
		w.run(Settings{Stay: true})
		w.built()
		want := func(idles ...string) {
			t.Helper()
			if !slices.Equal(w.idles, idles) {
				t.Fatalf("idle was told %q, want %q", w.idles, idles)
			}
		}
		want() // the graph is not there yet
		w.pass(time.Second)
		want("0 /exe/1")
		w.save("/m/README.md")
		w.pass(time.Second)
		want("0 /exe/1")
		w.save("/m/main.go")
		w.pass(quietWindow)
		want("0 /exe/1") // a build is under way
		w.built()
		want("0 /exe/1", "1 /exe/2")
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.brokenBuild()
		w.pass(time.Second)
		want("0 /exe/1", "1 /exe/2") // what runs is not what the files say
		w.undo(1, "/m/main.go")
		w.pass(time.Second)
		want("0 /exe/1", "1 /exe/2", "1 /exe/2")
		w.finish()
	})
}

// TestAlarmBuildsAgain shows that a program that is not what it should be is replaced, and that
// undoing an edit does not keep it.
func TestAlarmBuildsAgain(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.want(2, 2)
		w.alarms <- incremental.Alarm{Report: "/cache/direct-1.txt"}
		synctest.Wait()
		w.wantSaid("go build makes another program of these files; it is built again and the direct way is off\nplease report /cache/direct-1.txt")
		w.want(3, 2)
		// A save comes, and is undone: the wrong program must go all the same.
		w.save("/m/lib.go")
		w.pass(time.Millisecond)
		w.undo(2, "/m/lib.go")
		w.pass(quietWindow)
		w.want(5, 2)
		right := w.built()
		w.want(5, 3)
		if got := w.lastProgram().exe; got != right {
			t.Errorf("%s runs, want %s", got.Path, right.Path)
		}
		w.wantSaid("the program (+1): go build, swapped in")
		w.finish()
	})
}

func TestAlarmForAProgramThatHasEnded(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true})
		w.built()
		w.lastProgram().end(exec.Outcome{})
		synctest.Wait()
		w.alarms <- incremental.Alarm{}
		synctest.Wait()
		w.want(1, 1)
		w.wantSaid("go build makes another program")
		w.finish()
	})
}
