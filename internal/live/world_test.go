package live

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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

	t                *testing.T
	batches          chan watch.Batch
	signals          chan os.Signal
	kinds            map[string]depgraph.Kind // what a path means
	disk             atomic.Int64             // the version of the files
	saved            []string                 // what made each version from the one before
	compared         int                      // how many times all files were compared
	touched          bool                     // the next Classify reports Touched
	half             bool                     // the next Classify reports half of a save
	away             map[string]bool          // files that are not there
	since            []string                 // the next ChangedSince returns it
	later            []string                 // SavedSince returns it
	asked            []time.Time              // what it was asked for
	loadTime         time.Duration
	loadErr          error
	loads            int
	dirs             []string // what a graph wants watched
	watchDirsChanged bool     // the next Classify reports WatchDirsChanged
	watching         func()   // called when a watch begins
	builds           []*fakeBuild
	programs         []*fakeProgram
	stubborn         bool // programs that start from now on ignore Stop and Forward
	status           chan int
	hookable         []string    // the hooks that there are
	hooks            []*fakeHook // that were started
	idles            []string    // what Idle was told: the graph's version and the executable
	alarms           chan incremental.Alarm
	gen              *fakeGenerator // nil: nothing is ever generated

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
		kinds:    map[string]depgraph.Kind{"/m/lib.so": rebuilds, "/m/main.go": rebuilds, "/m/lib.go": rebuilds, "/m/go.mod": reloads},
		away:     map[string]bool{},
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
	w.deps = w.fakes()
	if w.files != nil {
		w.deps.Files = w.files
	}
	w.deps.Reconfigure = w.reconfigure
	go func() { w.status <- Run(w.deps, o) }()
	synctest.Wait()
}

// fakes are what the loop uses, all of it fake.
func (w *world) fakes() Deps {
	return Deps{
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
			p := &fakeProgram{
				exe: v.Exe, settings: v.Settings, ready: make(chan struct{}), done: make(chan struct{}),
				stubborn: w.stubborn, pid: 1000 + len(w.programs), obstructed: make(chan struct{}),
			}
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
}

// fakeGraph knows the files as they were when it saw them last.
type fakeGraph struct {
	w    *world
	seen int
}

func (g fakeGraph) Classify(paths []string) (depgraph.Change, Graph) {
	g.w.turn()
	disk := int(g.w.disk.Load())
	if paths == nil {
		g.w.compared++
	}
	if paths == nil && g.seen != disk {
		c := depgraph.Change{Kind: depgraph.Rebuild}
		for _, p := range g.w.saved[min(g.seen, disk):max(g.seen, disk)] {
			c.Details = append(c.Details, depgraph.Detail{
				Path: p, Kind: depgraph.Rebuild, Loaded: filepath.Ext(p) == ".so", Absent: g.w.away[p],
			})
		}
		return c, fakeGraph{g.w, disk}
	}
	g.seen = disk
	c := depgraph.Change{Touched: g.w.touched, WatchDirsChanged: g.w.watchDirsChanged}
	for _, p := range paths {
		if k := g.w.kinds[p]; k > depgraph.None {
			c.Kind = max(c.Kind, k)
			c.Details = append(c.Details, depgraph.Detail{Path: p, Kind: k, Reason: "content changed", HalfWritten: g.w.half,
				Absent: g.w.away[p], Loaded: filepath.Ext(p) == ".so"})
		}
	}
	g.w.touched, g.w.watchDirsChanged, g.w.half = false, false, false
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
	left     []exec.Survivor
	gone     chan struct{} // nil: closed when done is

	obstructed chan struct{} // closed when it cannot bind what it needs

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

func (p *fakeProgram) Obstructed() <-chan struct{} { return p.obstructed }
func (p *fakeProgram) Obstacle() string            { return ":80 cannot be bound" }

func (p *fakeProgram) Pid() int              { return p.pid }
func (p *fakeProgram) Done() <-chan struct{} { return p.done }
func (p *fakeProgram) Outcome() exec.Outcome { return p.outcome }
func (p *fakeProgram) Left() []exec.Survivor { return p.left }
func (p *fakeProgram) Gone() <-chan struct{} {
	if p.gone != nil {
		return p.gone
	}
	return p.done
}
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
		w.t.Fatalf("%d builds and %d programs, want %d and %d; log: %q",
			len(w.builds), len(w.programs), builds, programs, w.sayings())
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
