package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"
	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/watch"
)

// A simulator is a small world for the loop to live in: a disk, a builder that reads it, hooks, and programs that
// are started, become ready and end. It does what the real packages do as far as the loop can see it. Its disk is
// honest: a graph knows what it has read and no more, a build may read a file before or after a save, an edit that
// is undone is undone, and a directive writes a file of the build.
//
// The test acts (save, finishBuild, exit, ask, pass); the loop calls the simulator as it would the real packages. What no
// loop may do whatever the order of events is checked there and then; what holds at rest is checked by checkAtRest
// (invariant_test.go). Both sides take mu, because the race detector does not see the order that the bubble makes.
type simulator struct {
	mu   sync.Mutex
	cfg  simConfig
	exes *executablePool

	disk     [simFiles]savedFile
	unsent   []string // paths that changed and that the watcher has not reported yet
	setup    *simSetup
	setups   int
	readEnv  bool // a readable environment file was read once
	loadTime time.Duration
	loading  int // loads in flight

	builds      []*simBuild
	executables []*simExecutable
	programs    []*simProgram
	hooks       []*simHook
	steps       []*simStep
	sent        []*simRequest

	failStart    bool // the next start fails
	stubborn     bool // programs that start from now on do not end when they are asked to
	recipeMod    int  // the go.mod that direct builds are made with
	recipe       bool // builds may be direct
	wrongBuild   bool // the next direct build makes a wrong executable
	alarmed      bool // the one alarm of a run was sent
	verifying    *simExecutable
	verifyingMod int // with this go.mod
	generated    int // the input that the directive ran with last, or failed with

	// What excuses that something else serves than the newest version; see checkAtRest.
	reported     [simFiles]int        // the newest save of each file that the loop was told of
	badContent   map[simContent]bool  // a build or a start of it has failed since
	badRun       map[simRun]bool      // a start with it has failed since
	gone         bool                 // the program ended by itself, or could not be started, and nothing asks for another
	down         bool                 // that was so, and none was started since
	restartDue   bool                 // something asks for another start of what there is
	newest       *simContent          // what was built last, and is good
	hookedFor    map[*simHook]simPair // before-start: what it runs for
	failedInputs map[int]bool         // inputs that a directive has failed with
	badSettings  bool                 // they could not be read when that was tried last
	everHeld     bool                 // there were settings that hold a new version back
	interrupted  bool                 // ^C, which the program may have taken for something else
	acted        bool                 // the loop was told of a save, or asked for something
	reloaded     bool                 // a reload was told of as swapped or restarted
	signals      []os.Signal
	stopped      bool // somebody asked gorun to stop
	exhausted    int  // how often programs have ended badly by themselves
	missedReady  bool // a program was not ready in time

	batches  chan watch.Batch
	signal   chan os.Signal
	requests chan Request
	alarms   chan incremental.Alarm
	loaded   chan struct{} // of the generator; closed by nobody

	ended      chan struct{} // closed when Run has returned
	status     int
	activity   int // grows with all that the loop does
	violations []string
	tracing    bool
	trace      []string
	began      time.Time
	served     map[int]int // by pid: how often a program was said to serve
	exits      map[int]int // by pid: how often its end was reported
}

// The files of the simulated disk.
const (
	simMain  = iota
	simLib   // another file of the build
	simMod   // go.mod
	simGen   // what the directive writes
	simProto // what the directive reads
	simEnv   // the program's environment file
	simToml  // gorun.toml
	simFiles

	simSources = simGen + 1 // the files before are inputs of the build
)

var simPaths = [simFiles]string{"/m/main.go", "/m/lib.go", "/m/go.mod", "/m/gen.go", "/m/api.proto", "/m/app.env", "/m/gorun.toml"}

// Contents are small numbers, so that random edits are often undone. These are the bad ones.
const (
	simBroken = 3 // does not compile, cannot be read
	simEmpty  = 4 // cut before it is written: broken, and seen to be half of a save
)

type savedFile struct {
	content int
	saves   int // how often it was written
	mtime   time.Time
}

// A simConfig is what the command line decides, and what does not change in a sequence.
type simConfig struct {
	stay, terminal, probe, restart, mustBeReady bool

	directive bool     // there is one
	hooks     []string // the hooks that there are
	toml      int      // the first content of gorun.toml
	recorded  int      // the first build: 0 built now, 1 found, 2 found though a file is another one
}

func (c simConfig) String() string {
	var words []string
	for _, o := range []struct {
		on   bool
		name string
	}{
		{c.stay, "stay"}, {c.terminal, "terminal"}, {c.probe, "probe"}, {c.restart, "restart"}, {c.mustBeReady, "must-be-ready"},
		{c.directive, "directive"}, {c.recorded == 1, "recorded"}, {c.recorded == 2, "recorded-stale"},
	} {
		if o.on {
			words = append(words, o.name)
		}
	}
	words = append(words, c.hooks...)
	return strings.Join(append(words, "toml="+settingsOf(c.toml, "").String()), " ")
}

// simSettings are what gorun.toml and the profile come down to.
type simSettings struct {
	overlap, hold bool
	flavor        int // of the build
	run           int // of the start: its arguments
	profile       string
}

// settingsOf reads gorun.toml. A profile named "build" builds another way, one named "run" starts the program
// in another way.
func settingsOf(toml int, profile string) simSettings {
	s := simSettings{overlap: toml&1 != 0, hold: toml&2 != 0, flavor: toml >> 2 & 1, run: toml >> 3 & 1, profile: profile}
	switch profile {
	case "build":
		s.flavor += 2
	case "run":
		s.run += 2
	}
	return s
}

const (
	simTomls    = 16 // contents of gorun.toml that are good
	brokenTomls = 17 // and with those that are not
)

func (s simSettings) String() string {
	mode := "replace"
	if s.overlap {
		mode = "overlap"
	}
	if s.hold {
		mode += "+hold"
	}
	return fmt.Sprintf("%s,build%d,run%d", mode, s.flavor, s.run)
}

// A simSetup is one reading of the settings: the loop gets new functions with each.
type simSetup struct {
	simSettings
	n       int
	toml    int // what was read, to see whether it is another one
	env     int // the environment that a program would start with
	good    bool
	started int // the environment that the last program was started with
}

// simContent is what an executable is made of.
type simContent struct {
	sources [simSources]int
	flavor  int
	wrong   bool // the direct way has made a mistake
}

func (c simContent) broken() bool {
	return slices.ContainsFunc(c.sources[:], func(v int) bool { return v >= simBroken })
}

// simRun is what a program was started with, but for its executable.
type simRun struct{ run, env int }

type simPair struct {
	content simContent
	run     simRun
}

func newSimulator(cfg simConfig, exes *executablePool) *simulator {
	s := &simulator{
		cfg: cfg, exes: exes,
		batches: make(chan watch.Batch), signal: make(chan os.Signal, 8), requests: make(chan Request),
		alarms: make(chan incremental.Alarm, 1), loaded: make(chan struct{}, 1), ended: make(chan struct{}),
		badContent: map[simContent]bool{}, badRun: map[simRun]bool{}, hookedFor: map[*simHook]simPair{},
		failedInputs: map[int]bool{}, served: map[int]int{}, exits: map[int]int{}, began: time.Now(),
	}
	for f := range s.disk {
		s.disk[f].mtime = s.began.Add(-time.Hour)
	}
	s.disk[simToml].content = cfg.toml
	s.setup = s.newSetup(settingsOf(cfg.toml, ""))
	s.everHeld = s.setup.hold
	return s
}

// start runs the loop.
func (s *simulator) start() {
	go func() {
		defer close(s.ended)
		defer func() {
			if p := recover(); p != nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.violation("the loop panics: %v", p)
			}
		}()
		setup := s.newSetupFunctions(s.setup)
		s.status = Run(setup.Rooms, setup.Options)
	}()
	synctest.Wait()
}

// over reports whether the loop has ended.
func (s *simulator) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// violation notes that something happened that never may. mu is held.
func (s *simulator) violation(format string, args ...any) {
	s.note("VIOLATION: "+format, args...)
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// note adds to the transcript. mu is held.
func (s *simulator) note(format string, args ...any) {
	if s.tracing {
		at := time.Since(s.began).Seconds()
		s.trace = append(s.trace, fmt.Sprintf("%10.3f  %s", at, fmt.Sprintf(format, args...)))
	}
}

func (s *simulator) transcript() string { return strings.Join(s.trace, "\n") }

// does notes something that the loop does. mu is held.
func (s *simulator) does(format string, args ...any) {
	s.activity++
	if s.tracing {
		s.note("    → "+format, args...)
	}
}

func (s *simulator) newSetup(settings simSettings) *simSetup {
	s.setups++
	p := &simSetup{simSettings: settings, n: s.setups, toml: s.disk[simToml].content, started: -1}
	p.readEnv(s)
	return p
}

// readEnv reads the environment file as it is now. One that cannot be read leaves the variables as they were.
func (p *simSetup) readEnv(s *simulator) {
	if env := s.disk[simEnv].content; env < simBroken {
		p.env, p.good = env, true
	}
}

// newSetupFunctions is what the loop gets for a reading of the settings. This is the one place that knows how the
// loop is put together.
func (s *simulator) newSetupFunctions(p *simSetup) *Setup {
	noDebug := func(string, ...any) {}
	rooms := Rooms{
		Load:  s.load,
		Build: func(c *depgraph.Change, running *incremental.Executable) Build { return s.build(p, c, running) },
		Start: func(e *incremental.Executable) (Program, error) { return s.startProgram(p, e) },
		Hook: func(name string, about About) Hook {
			if h := s.hook(name, about); h != nil {
				return h
			}
			return nil
		},
		Idle:        s.idle,
		Alarms:      s.alarms,
		Files:       simRunFiles{s, p},
		Reconfigure: s.reconfigure,
		Watch:       simWatcher{s},
		Signals:     s.signal,
		Requests:    s.requests,
		Event:       s.event,
		Say:         s.say, Fail: s.say,
		Output: func([]byte) {},
		Debug:  func(string) func(string, ...any) { return noDebug },
	}
	if s.cfg.directive {
		rooms.Generate = simGenerator{s}
	}
	return &Setup{
		Rooms: rooms,
		Options: Options{
			Stay: s.cfg.stay, Overlap: p.overlap, Hold: p.hold, Quiet: true, Terminal: s.cfg.terminal,
			Grace: 3 * time.Second, Profile: p.profile, Dir: "/m",
			BeforeBuild: slices.Contains(s.cfg.hooks, BeforeBuild), Probe: s.cfg.probe, ReadyTimeout: readyTimeout,
			MustBeReady: s.cfg.mustBeReady, Restart: s.cfg.restart, MaxRestarts: 3,
		},
	}
}

// readyTimeout is shorter than the longest time that passes in one step of a sequence.
const readyTimeout = 3 * time.Second

func (s *simulator) say(format string, args ...any) {
	if s.tracing {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.note("    says: "+format, args...)
	}
}

func (s *simulator) event(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Kind {
	case event.Swapped, event.Restarted:
		s.served[e.Pid]++
		if s.served[e.Pid] > 1 {
			s.violation("program %d is said to be %s for the second time", e.Pid, e.Kind)
		}
		if p := s.programOf(e.Pid); p == nil || p.leaving {
			s.violation("program %d is said to be %s, and was told to end", e.Pid, e.Kind)
		}
		s.reloaded = s.reloaded || e.Reload > 0
	case event.Exited:
		s.exits[e.Pid]++
		if p := s.programOf(e.Pid); p == nil || !p.over() || s.exits[e.Pid] > 1 {
			s.violation("the end of program %d is told, and it has not ended, or that was told before", e.Pid)
		}
	case event.Ready:
		if p := s.programOf(e.Pid); p == nil || !p.isReady {
			s.violation("program %d is said to be ready, and is not", e.Pid)
		}
	}
}

func (s *simulator) programOf(pid int) *simProgram {
	if n := pid - 1000; n >= 0 && n < len(s.programs) {
		return s.programs[n]
	}
	return nil
}

// The disk.

// write saves a file. The watcher has not reported it yet.
func (s *simulator) write(file, content int) {
	f := &s.disk[file]
	f.content, f.mtime = content, time.Now()
	f.saves++
	if !slices.Contains(s.unsent, simPaths[file]) {
		s.unsent = append(s.unsent, simPaths[file])
	}
}

// onDisk is what a right build of the files would be made of.
func (s *simulator) onDisk() simContent {
	c := simContent{flavor: s.setup.flavor}
	for f := range c.sources {
		c.sources[f] = s.disk[f].content
	}
	return c
}

// learns notes that the loop was told of the newest save of a file; what has failed before is to be tried again.
func (s *simulator) learns(file int) {
	if s.reported[file] == s.disk[file].saves {
		return
	}
	s.reported[file] = s.disk[file].saves
	s.acted, s.gone, s.interrupted = true, false, false
	clear(s.badRun)
	if file == simEnv {
		s.restartDue = s.restartDue || !s.setup.hold || len(s.alive()) == 0
	} else {
		clear(s.badContent)
	}
}

// simGraph is the graph of a program: what it has read of each input.
type simGraph struct {
	s    *simulator
	seen [simSources]seenFile
	mod  int // the go.mod that it was loaded with
}

type seenFile struct {
	content int
	mtime   time.Time
	at      time.Time
}

func (g *simGraph) read(file int) {
	g.seen[file] = seenFile{g.s.disk[file].content, g.s.disk[file].mtime, time.Now()}
}

// content is what a build of the files as the graph knows them would be made of.
func (g *simGraph) content(flavor int) simContent {
	c := simContent{flavor: flavor}
	for f := range c.sources {
		c.sources[f] = g.seen[f].content
	}
	return c
}

func (g *simGraph) Classify(paths []string) (depgraph.Change, Graph) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	next, c := *g, depgraph.Change{}
	for f := range g.seen {
		if paths != nil && !slices.Contains(paths, simPaths[f]) {
			continue
		}
		old, now := g.seen[f], g.s.disk[f]
		d := depgraph.Detail{Path: simPaths[f], Reason: "content changed", Half: now.content == simEmpty}
		switch {
		case old.content != now.content && f == simMod:
			d.Kind = depgraph.Reload
		case old.content != now.content:
			d.Kind = depgraph.Rebuild
		case !old.mtime.Equal(now.mtime):
			c.Touched = true
		}
		if d.Kind > depgraph.None {
			c.Details = append(c.Details, d)
			c.Kind = max(c.Kind, d.Kind)
			g.s.learns(f)
		}
		next.read(f)
	}
	if c.Kind == depgraph.Rebuild && g.mod != next.seen[simMod].content {
		c.Kind = depgraph.Reload // the graph is stale
	}
	return c, &next
}

func (g *simGraph) ChangedSince(t time.Time) []string {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	var list []string
	for f, seen := range g.seen {
		if now := g.s.disk[f].mtime; !now.Before(t) || !now.Equal(seen.mtime) {
			list = append(list, simPaths[f])
		}
	}
	return list
}

func (g *simGraph) SavedSince(t time.Time) []string {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	var list []string
	for f, seen := range g.seen {
		if f != simMod && seen.mtime.After(t) && !seen.mtime.After(seen.at) {
			list = append(list, simPaths[f])
		}
	}
	return list
}

func (g *simGraph) WatchDirs() []string { return []string{"/m"} }

func (s *simulator) load(ctx context.Context, prev Graph) (Graph, error) {
	s.mu.Lock()
	s.does("load")
	s.loading++
	g := &simGraph{s: s}
	for f := range g.seen {
		g.read(f)
	}
	g.mod = g.seen[simMod].content
	wait := s.loadTime
	s.mu.Unlock()
	if wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.activity++
	s.loading--
	if g.mod >= simBroken {
		return g, errors.New("go.mod:1: unknown directive")
	}
	return g, nil
}

type simWatcher struct{ s *simulator }

func (w simWatcher) Watch([]string) error        { return nil }
func (w simWatcher) Batches() <-chan watch.Batch { return w.s.batches }
func (w simWatcher) Close() error                { return nil }

// Settings and run files.

type simRunFiles struct {
	s *simulator
	p *simSetup
}

func (f simRunFiles) Look([]string) (c depgraph.Change, settings bool) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	before := *f.p
	f.p.readEnv(f.s)
	if f.p.env != before.env || f.p.good != before.good {
		c.Kind = depgraph.Restart
		c.Details = []depgraph.Detail{{Path: simPaths[simEnv], Kind: c.Kind, Reason: "environment file changed"}}
		f.s.learns(simEnv)
	}
	settings = f.p.toml != f.s.disk[simToml].content
	f.p.toml = f.s.disk[simToml].content
	return c, settings
}

func (f simRunFiles) Stale() bool {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	f.p.readEnv(f.s)
	return f.p.env != f.p.started
}

func (f simRunFiles) WatchDirs() []string { return []string{"/m"} }

func (s *simulator) reconfigure(profile string) (*Setup, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	profile = cmp.Or(profile, s.setup.profile)
	s.does("read settings, profile %q", profile)
	s.badSettings = true
	if s.disk[simToml].content >= simTomls {
		return nil, errors.New("gorun.toml:1: unknown key")
	}
	next := s.newSetup(settingsOf(s.disk[simToml].content, profile))
	if !next.good {
		return nil, errors.New("environment file: cannot be read")
	}
	s.badSettings, s.everHeld = false, s.everHeld || next.hold
	kind := depgraph.None
	switch old := s.setup; {
	case next.flavor != old.flavor:
		kind = depgraph.Reload
		s.discard() // the builder of the old settings is closed
		s.recipe, s.verifying = false, nil
		for _, step := range s.steps {
			step.end(context.Canceled)
		}
	case next.run != old.run || next.env != old.started:
		kind = depgraph.Restart
	default:
		next.started = old.started
	}
	if kind != depgraph.None {
		s.acted, s.gone, s.interrupted, s.restartDue = true, false, false, kind == depgraph.Restart
		clear(s.badRun)
	}
	if kind == depgraph.Reload {
		clear(s.badContent)
	}
	s.setup = next
	setup := s.newSetupFunctions(next)
	setup.Kind = kind
	return setup, nil
}

// Builds.

type simExecutable struct {
	exe     *incremental.Executable
	n       int
	content simContent
	setup   *simSetup
	started bool   // somebody tried to
	lock    string // the file that is locked until the loop removes the executable
}

func (s *simulator) newExecutable(c simContent, p *simSetup) *simExecutable {
	e := &simExecutable{n: len(s.executables) + 1, content: c, setup: p}
	e.exe, e.lock = s.exes.acquire(len(s.executables))
	s.executables = append(s.executables, e)
	return e
}

func (s *simulator) executable(exe *incremental.Executable) *simExecutable {
	for _, e := range s.executables {
		if e.exe == exe {
			return e
		}
	}
	return nil
}

func (e *simExecutable) String() string {
	if e == nil {
		return "nothing"
	}
	return fmt.Sprintf("version %d", e.n)
}

func (p *simProgram) String() string { return fmt.Sprintf("%v as %d", p.exe, p.pid) }

// removed reports whether the loop has let go of the executable.
func (e *simExecutable) removed() bool {
	l := flock.New(e.lock)
	ok, err := l.TryLock()
	if err != nil {
		panic(err)
	}
	l.Close()
	return ok
}

// An executablePool has entries of a real store, so that a simulator sees which executables the loop removes: the
// lock of an entry is held until then. Sequences use the entries over and over.
type executablePool struct {
	store *incremental.Store
	dir   string
	names []string
}

func newExecutablePool(t testing.TB) *executablePool {
	dir := t.TempDir()
	store, err := incremental.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &executablePool{store: store, dir: filepath.Join(dir, "exe")}
}

func (p *executablePool) acquire(n int) (exe *incremental.Executable, lock string) {
	name := fmt.Sprint(n)
	if n >= len(p.names) {
		bin := filepath.Join(p.dir, name, "bin")
		if err := errors.Join(os.MkdirAll(bin, 0o700), os.WriteFile(filepath.Join(bin, "m"), nil, 0o700)); err != nil {
			panic(err)
		}
		p.names = append(p.names, name)
	}
	exe = p.store.Reuse(name, "m")
	exe.Hold()
	return exe, filepath.Join(p.dir, name, "lock")
}

type simBuild struct {
	s         *simulator
	n         int
	setup     *simSetup
	direct    bool
	nothing   bool // the change asks for none
	running   *simExecutable
	started   time.Time
	read      [simSources]int // the files when it began
	saves     [simSources]int
	done      chan struct{}
	result    incremental.Result
	unclaimed *simExecutable // made, and nobody has asked for it yet
}

func (s *simulator) build(p *simSetup, change *depgraph.Change, running *incremental.Executable) Build {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current(p, "Build")
	s.discard()
	s.verifying = nil
	b := &simBuild{
		s: s, n: len(s.builds) + 1, setup: p, running: s.executable(running), started: time.Now(), done: make(chan struct{}),
	}
	for f := range b.read {
		b.read[f], b.saves[f] = s.disk[f].content, s.disk[f].saves
	}
	switch {
	case change == nil:
	case change.Kind < depgraph.Rebuild:
		b.nothing = true
	case change.Kind > depgraph.Rebuild:
		s.recipe = false
	default:
		b.direct = s.recipe && !s.alarmed
	}
	s.builds = append(s.builds, b)
	s.does("build %d, compared with %v", b.n, b.running)
	return b
}

// current checks that the loop uses the functions that it got last. mu is held.
func (s *simulator) current(p *simSetup, what string) {
	if p != s.setup {
		s.violation("%s of settings that are not in use any more", what)
	}
}

// discard cancels the last build; what it has made and nobody asked for is removed. mu is held.
func (s *simulator) discard() {
	if len(s.builds) == 0 {
		return
	}
	b := s.builds[len(s.builds)-1]
	b.cancel()
	if b.unclaimed != nil {
		b.unclaimed.exe.Remove()
		b.unclaimed = nil
	}
}

func (b *simBuild) Started() time.Time    { return b.started }
func (b *simBuild) Done() <-chan struct{} { return b.done }

func (b *simBuild) over() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// finish ends a build. The bits of late say which files it has read only now. mu is held.
func (b *simBuild) finish(late uint, fails bool) {
	if b.over() {
		return
	}
	s := b.s
	c := simContent{sources: b.read, flavor: b.setup.flavor}
	kept := s.cfg.recorded > 0 && b.n == 1
	for f := range c.sources {
		if late>>f&1 != 0 && !kept {
			c.sources[f] = s.disk[f].content
		}
	}
	if kept && s.cfg.recorded == 2 {
		c.sources[simLib] = (c.sources[simLib] + 1) % simBroken
	}
	if b.direct {
		c.sources[simMod] = s.recipeMod
		c.wrong, s.wrongBuild = s.wrongBuild, false
	}
	how := "go build"
	if b.direct {
		how = "direct"
	}
	switch {
	case b.nothing:
		b.result = incremental.Result{Same: true, How: "nothing"}
	case fails:
		b.result = incremental.Result{Err: errors.New("the go command cannot be run")}
		s.badContent[s.onDiskOf(b.setup)] = true
		s.gaveUp()
	case c.broken():
		s.gaveUp()
		b.result = incremental.Result{Status: 1, Output: []byte("# m\nmain.go:1: no")}
	case b.running != nil && b.running.content == c:
		b.result = incremental.Result{Same: true, How: how}
	default:
		b.unclaimed = s.newExecutable(c, b.setup)
		b.result = incremental.Result{How: how, Kept: kept}
	}
	s.note("build %d ends: %v same=%t status=%d err=%v", b.n, b.unclaimed, b.result.Same, b.result.Status, b.result.Err)
	close(b.done)
}

func (s *simulator) onDiskOf(p *simSetup) simContent {
	c := s.onDisk()
	c.flavor = p.flavor
	return c
}

func (b *simBuild) Result() incremental.Result {
	<-b.done
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.s.activity++
	r := b.result
	if b.unclaimed != nil {
		r.Exe = b.unclaimed.exe
		b.s.newest = &b.unclaimed.content
		b.unclaimed = nil
	} else if r.Same && b.running != nil {
		b.s.newest = &b.running.content
	}
	return r
}

func (b *simBuild) Cancel() {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.s.activity++
	b.cancel()
}

func (b *simBuild) cancel() {
	if !b.over() {
		b.result = incremental.Result{Err: incremental.ErrSuperseded}
		close(b.done)
	}
}

// idle is told that nothing is under way: go build begins to make the same program.
func (s *simulator) idle(g Graph, running *incremental.Executable) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.does("idle")
	e := s.executable(running)
	if e == nil || e.removed() {
		s.violation("idle was told of an executable that is not there")
		return
	}
	want := g.(*simGraph).content(s.setup.flavor)
	want.wrong = e.content.wrong
	if e.content != want {
		s.violation("idle was told that %v was built from files that it was not built from", e)
	}
	s.verifying, s.verifyingMod = e, want.sources[simMod]
}

// verified ends that build, and reports whether there was one. mu is held.
func (s *simulator) verified() bool {
	e := s.verifying
	s.verifying = nil
	if e != nil {
		s.recipe, s.recipeMod = true, s.verifyingMod
	}
	if e != nil && e.content.wrong && !s.alarmed {
		s.alarmed = true
		s.note("verified: %v is wrong", e)
		s.alarms <- incremental.Alarm{Report: "/cache/direct-1.txt"}
	}
	return e != nil
}

// Programs.

type simProgram struct {
	s        *simulator
	pid      int
	exe      *simExecutable
	run      simRun
	ready    chan struct{}
	isReady  bool
	done     chan struct{}
	outcome  exec.Outcome
	stubborn bool
	leaving  bool // the loop has told it to end
	retiring bool
	beside   bool // it left while another one was there to take its place
	alone    bool // it ended by itself
	since    time.Time
	slowness time.Duration // how long its end takes
	stops    int           // after-stop hooks of it
}

func (p *simProgram) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// alive are the programs that have not ended. mu is held.
func (s *simulator) alive() []*simProgram {
	var list []*simProgram
	for _, p := range s.programs {
		if !p.over() {
			list = append(list, p)
		}
	}
	return list
}

func (s *simulator) startProgram(p *simSetup, exe *incremental.Executable) (Program, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current(p, "Start")
	e := s.executable(exe)
	if e == nil {
		s.violation("the start of an executable that there is not")
		return nil, errors.New("no such file")
	}
	if e.removed() {
		s.violation("the start of %v, which was removed", e)
	}
	// An executable of another build starts as it would have when it was built.
	if e.setup.flavor == p.flavor {
		e.setup = p
	}
	own := e.setup
	own.readEnv(s)
	run := simRun{own.run, own.env}
	e.started = true
	if s.failStart {
		s.failStart = false
		s.does("start of %v fails", e)
		s.failed(e.content, run)
		if s.restartDue = false; len(s.alive()) == 0 {
			s.gone, s.down = true, true
		}
		return nil, errors.New("cannot be started")
	}
	own.started = own.env
	s.gone, s.down, s.restartDue = false, false, false
	others := 0
	for _, o := range s.alive() {
		if !o.leaving || !o.beside && !p.overlap {
			others++
		}
	}
	switch {
	case others > 1 || others > 0 && !p.overlap:
		s.violation("%v is started while %d other programs run", e, others)
	}
	n := len(s.programs)
	program := &simProgram{
		s: s, pid: 1000 + n, exe: e, run: run, ready: make(chan struct{}), done: make(chan struct{}), stubborn: s.stubborn,
		since: time.Now(), slowness: [...]time.Duration{0, 0, time.Millisecond, 30 * time.Millisecond}[(n+len(s.builds))%4],
	}
	s.programs = append(s.programs, program)
	s.does("start %v as %d", e, program.pid)
	return program, nil
}

// gaveUp notes that a build came to nothing, or will not be made. Without a program the loop then waits for a save.
// mu is held.
func (s *simulator) gaveUp() { s.gone = s.gone || s.down && !s.restartDue }

// anyExecutable reports whether there is one that could be started. mu is held.
func (s *simulator) anyExecutable() bool {
	return slices.ContainsFunc(s.executables, func(e *simExecutable) bool { return !s.unclaimed(e) && !e.removed() })
}

// unclaimed reports whether an executable is still that of its build. mu is held.
func (s *simulator) unclaimed(e *simExecutable) bool {
	return slices.ContainsFunc(s.builds, func(b *simBuild) bool { return b.unclaimed == e })
}

// failed notes that something cannot run. mu is held.
func (s *simulator) failed(c simContent, run simRun) {
	c.wrong = false // the files that it is made of are meant
	s.badContent[c], s.badRun[run] = true, true
}

func (p *simProgram) Pid() int               { return p.pid }
func (p *simProgram) Ready() <-chan struct{} { return p.ready }
func (p *simProgram) Missing() string        { return "it does not answer" }
func (p *simProgram) Done() <-chan struct{}  { return p.done }

func (p *simProgram) Outcome() exec.Outcome {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.outcome
}

// end ends the program. mu is held.
func (p *simProgram) end(o exec.Outcome) {
	if !p.over() {
		p.outcome = o
		close(p.done)
		p.s.activity++
	}
}

// endIn ends the program after a while. mu is held.
func (p *simProgram) endIn(d time.Duration, sig syscall.Signal) {
	if d == 0 {
		p.end(exec.Outcome{Signal: sig})
		return
	}
	time.AfterFunc(d, func() {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		p.end(exec.Outcome{Signal: sig})
	})
}

// mustEnd notes that the loop tells the program to end. mu is held.
func (p *simProgram) mustEnd(what string) bool {
	p.s.does("%s %d", what, p.pid)
	if p.over() {
		return false
	}
	if !p.leaving && !p.isReady && p.s.cfg.probe && time.Since(p.since) >= readyTimeout {
		p.s.failed(p.exe.content, p.run) // not ready in time
		p.s.missedReady = true
	}
	p.leaving = true
	p.beside = p.beside || len(p.s.alive()) > 1 || what == "kill"
	return true
}

func (p *simProgram) Forward(sig syscall.Signal) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.does("%v to %d", sig, p.pid)
	if !p.stubborn {
		p.endIn(p.slowness, sig)
	}
}

func (p *simProgram) Retire() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if !p.mustEnd("retire") || p.retiring {
		return
	}
	p.retiring = true
	if p.stubborn {
		p.endIn(3*time.Second, syscall.SIGKILL)
	} else {
		p.endIn(p.slowness, syscall.SIGTERM)
	}
}

func (p *simProgram) Hurry() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.does("hurry %d", p.pid)
	if p.retiring {
		p.endIn(0, syscall.SIGKILL)
	}
}

func (p *simProgram) Kill() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.mustEnd("kill")
	p.endIn(p.slowness, syscall.SIGKILL)
}

// exit ends a program by itself. mu is held.
func (p *simProgram) exit(o exec.Outcome) {
	if p.over() {
		return
	}
	p.s.note("program %d ends: %v", p.pid, o)
	if !p.leaving && !slices.ContainsFunc(p.s.alive(), func(o *simProgram) bool { return o != p && !o.leaving }) {
		p.s.gone, p.s.down = true, true
	}
	p.alone = !p.leaving
	if p.alone {
		p.s.failed(p.exe.content, p.run)
		if !o.Success() {
			p.s.exhausted++
		}
	}
	p.end(o)
}

// Hooks.

type simHook struct {
	s     *simulator
	name  string
	about About
	done  chan struct{}
	err   error
}

func (s *simulator) hook(name string, about About) *simHook {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.cfg.hooks, name) {
		return nil
	}
	s.does("%s (%s) of %d", name, about.Reason, about.Pid)
	h := &simHook{s: s, name: name, about: about, done: make(chan struct{})}
	for _, o := range s.hooks {
		if !o.over() && o.name == name && (name == BeforeStart || name == BeforeBuild) {
			s.violation("a second %s is started", name)
		}
	}
	p := s.programOf(about.Pid)
	switch name {
	case AfterReady:
		if p == nil || !p.isReady {
			s.violation("after-ready of program %d, which is not ready", about.Pid)
		}
	case AfterStop:
		if p == nil || !p.over() {
			s.violation("after-stop of program %d, which has not ended", about.Pid)
		} else if p.stops++; p.stops > 1 {
			s.violation("after-stop of program %d for the second time", about.Pid)
		}
	case BeforeStart:
		if s.newest != nil {
			s.hookedFor[h] = simPair{*s.newest, simRun{s.setup.run, s.setup.env}}
		}
	}
	s.hooks = append(s.hooks, h)
	return h
}

func (h *simHook) over() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// end ends a hook. mu is held.
func (h *simHook) end(err error) {
	if h.over() {
		return
	}
	s := h.s
	s.note("%s ends: %v", h.name, err)
	h.err = err
	if err != nil && !errors.Is(err, context.Canceled) {
		switch h.name {
		case BeforeBuild:
			s.badContent[s.onDisk()] = true
			s.gaveUp()
		case BeforeStart:
			pair := s.hookedFor[h]
			s.failed(pair.content, pair.run)
			s.restartDue = false
			last := len(s.programs) - 1
			if last < 0 || s.down || s.programs[last].over() && s.programs[last].alone {
				s.gone, s.down = true, true
			}
		}
	}
	close(h.done)
}

func (h *simHook) Done() <-chan struct{} { return h.done }

func (h *simHook) Err() error {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	return h.err
}

func (h *simHook) Status() int {
	if h.Err() != nil {
		return 1
	}
	return 0
}

func (h *simHook) Cancel() {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	h.s.activity++
	h.end(context.Canceled)
}

// The directive: gen.go is made from api.proto.

type simGenerator struct{ s *simulator }

func (g simGenerator) Follow(Graph)            {}
func (g simGenerator) WatchDirs() []string     { return []string{"/m"} }
func (g simGenerator) Loaded() <-chan struct{} { return g.s.loaded }

func (g simGenerator) Look([]string) depgraph.Change {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if g.s.disk[simProto].content == g.s.generated {
		return depgraph.Change{}
	}
	g.s.learns(simProto)
	return depgraph.Change{Kind: depgraph.Generate, Details: []depgraph.Detail{
		{Path: simPaths[simProto], Kind: depgraph.Generate, Reason: "input of a directive"},
	}}
}

func (g simGenerator) Start() Step {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	input := g.s.disk[simProto].content
	if input == g.s.generated {
		return nil
	}
	g.s.does("generate from %d", input)
	step := &simStep{s: g.s, before: g.s.generated, input: input, done: make(chan struct{})}
	for _, o := range g.s.steps {
		if !o.over() {
			g.s.violation("a directive is started while it runs")
		}
	}
	g.s.generated = input
	g.s.steps = append(g.s.steps, step)
	return step
}

type simStep struct {
	s             *simulator
	before, input int
	done          chan struct{}
	result        StepResult
}

func (t *simStep) over() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// end ends the directive. mu is held.
func (t *simStep) end(err error) {
	if t.over() {
		return
	}
	s := t.s
	s.note("directive ends: %v", err)
	switch {
	case errors.Is(err, context.Canceled):
		s.generated = t.before
	case err != nil || t.input >= simBroken:
		err = cmp.Or(err, errors.New("api.proto:1: no"))
		s.failedInputs[t.input] = true
		s.badContent[s.onDisk()] = true
		s.gaveUp()
	default:
		delete(s.failedInputs, t.input)
		if s.disk[simGen].content != t.input {
			s.write(simGen, t.input)
		}
		t.result.How = "generated"
	}
	t.result.Err = err
	close(t.done)
}

func (t *simStep) Done() <-chan struct{} { return t.done }

func (t *simStep) Result() StepResult {
	<-t.done
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.result
}

func (t *simStep) Cancel() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.s.activity++
	t.end(context.Canceled)
}

// What the test does.

type simRequest struct {
	Request
	answers  chan Answer
	reported bool // as one that was not answered once
}

// send hands something to the loop, and reports whether it has accepted it. It does so at once, unless it is stuck,
// has ended, or only waits for its last hooks.
func (s *simulator) send(batches chan<- watch.Batch, b watch.Batch, requests chan<- Request, r Request) bool {
	stuck := time.NewTimer(time.Minute)
	defer stuck.Stop()
	select {
	case batches <- b:
		return true
	case requests <- r:
		return true
	case <-s.ended:
	case <-stuck.C:
		s.mu.Lock()
		defer s.mu.Unlock()
		if !slices.ContainsFunc(s.hooks, func(h *simHook) bool { return !h.over() }) {
			s.violation("the loop does not listen any more")
		}
	}
	return false
}

// report has the watcher report what changed, together with other paths.
func (s *simulator) report(others ...string) bool {
	s.mu.Lock()
	b := watch.Batch{Paths: append(s.unsent, others...)}
	s.unsent = nil
	if b.Paths != nil {
		s.note("reported: %s", strings.Join(b.Paths, " "))
	}
	s.mu.Unlock()
	if b.Paths == nil {
		return false
	}
	s.send(s.batches, b, nil, Request{})
	return true
}

// ask sends a request.
func (s *simulator) ask(do Do, profile string) *simRequest {
	answers := make(chan Answer, 4) // more than the one that is to come
	r := &simRequest{Request{Do: do, Profile: profile, By: "-tell " + string(do), Answer: answers}, answers, false}
	s.mu.Lock()
	s.note("asked: %s %s", do, profile)
	switch do {
	case DoRebuild:
		s.acted, s.gone, s.interrupted = true, false, false
		clear(s.badContent)
		clear(s.badRun)
	case DoRestart:
		s.acted, s.gone, s.restartDue = true, false, true
		clear(s.badRun)
	case DoStop:
		s.stopped = true
	}
	s.mu.Unlock()
	if s.send(nil, watch.Batch{}, s.requests, r.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sent = append(s.sent, r)
	}
	return r
}

func (s *simulator) pass(d time.Duration) {
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
}

// act does something with mu held, and then lets the loop react.
func (s *simulator) act(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	synctest.Wait()
}

// ends has everything that is under way end well, and reports whether there was anything. mu is held.
func (s *simulator) ends() bool {
	some := false
	for _, b := range s.builds {
		if !b.over() {
			b.finish(0, false)
			some = true
		}
	}
	for _, t := range s.steps {
		if !t.over() {
			t.end(nil)
			some = true
		}
	}
	for _, h := range s.hooks {
		if !h.over() {
			h.end(nil)
			some = true
		}
	}
	for _, p := range s.alive() {
		if !p.isReady && !p.leaving {
			p.becomeReady()
			some = true
		}
	}
	if !some {
		some = s.verified()
	}
	return some
}

// becomeReady makes the program ready. mu is held.
func (p *simProgram) becomeReady() {
	if !p.isReady && !p.over() {
		p.s.note("program %d is ready", p.pid)
		p.isReady = true
		close(p.ready)
	}
}

// rest lets everything come to its end: what changed is reported, builds and hooks end well, programs become ready,
// and time passes until the loop does nothing any more.
func (s *simulator) rest() {
	// The quiet window, the longest burst, and in all more than the grace and the pauses between restarts.
	waits := []time.Duration{12 * time.Millisecond, 250 * time.Millisecond, time.Second, time.Second, 2 * time.Second}
	synctest.Wait()
	idle := 0
	for range 400 {
		if s.over() || idle == len(waits) {
			return
		}
		s.mu.Lock()
		before := s.activity
		wait := waits[idle]
		some := len(s.unsent) > 0
		if some {
			wait = time.Millisecond
		}
		s.mu.Unlock()
		if some {
			s.pass(time.Millisecond)
			s.report()
			synctest.Wait()
		}
		s.mu.Lock()
		if s.ends() {
			some, wait = true, time.Millisecond
		} else if s.loading > 0 {
			some, wait = true, 20*time.Millisecond
		}
		s.mu.Unlock()
		s.pass(wait)
		s.mu.Lock()
		if some || s.activity != before {
			idle = 0
		} else {
			idle++
		}
		s.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violation("it never comes to rest")
}
