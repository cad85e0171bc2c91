package live

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/watch"
)

// A simulator is a small world for the loop to live in: a disk, a builder that reads it, hooks, and programs that
// are started, become ready and end. It does what the real packages do as far as the loop can see it. Its disk is
// honest: a graph knows what it has read and no more, a build may read a file before or after a save, an edit that
// is undone is undone, and a directive writes a file of the build.
//
// The test acts (write, report, ask, pass, rest); the loop calls the simulator as it would the real packages. What no
// loop may do, whatever the order of events, is checked there and then; what holds at rest is checked by checkAtRest
// (invariant_test.go). Both sides lock mu, because the race detector does not see the order that the bubble makes.
type simulator struct {
	mu   sync.Mutex
	cfg  simConfig
	exes *executablePool

	disk     [simFiles]savedFile
	unsent   []string // paths that changed and that the watcher has not reported yet
	setup    *simSetup
	setups   int
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
	verifyingMod int  // with this go.mod
	generated    int  // the input that the directive ran with last, or failed with
	unknown      bool // nothing is known of the directive

	// What excuses that something else serves than the newest version; see checkAtRest.
	reported     [simFiles]int        // the content of each file that the loop was told of last
	badContent   map[simContent]bool  // a build or a start of it has failed since
	badStart     map[simPair]bool     // a start of it has failed since, or it has ended by itself
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
	reloaded     bool                 // a program was said to serve in another one's place
	signals      []os.Signal
	startFailed  bool        // a start, or a hook before one, has failed
	stopped      bool        // somebody asked gorun to stop
	exhausted    int         // how often programs have ended badly by themselves
	missedReady  bool        // a program was not ready in time
	wishes       int         // saves, requests, and ends of programs: what may be a reason for a start
	refused      *simContent // what before-start has failed for last
	refusedOnce  bool        // before-start has failed
	refusedAt    int         // wishes when that began
	everLoaded   bool        // a graph
	unseen       bool        // a save may be noticed only when a graph is loaded: later than it is counted

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

// A simConfig is what the command line decides, and what does not change in a sequence.
type simConfig struct {
	stay, terminal, probe, restart, mustBeReady bool

	fresh     bool     // what the directive writes is not there, and nothing is known of it
	refuses   bool     // the first before-start fails
	slowLoad  bool     // the first build may be used before there is a graph
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
		{c.stay, "stay"}, {c.terminal, "terminal"}, {c.probe, "probe"}, {c.restart, "restart"},
		{c.mustBeReady, "must-be-ready"}, {c.directive, "directive"}, {c.fresh, "fresh"}, {c.refuses, "refuses"},
		{c.slowLoad, "slow-load"},
		{c.recorded == 1, "recorded"}, {c.recorded == 2, "recorded-stale"},
	} {
		if o.on {
			words = append(words, o.name)
		}
	}
	words = append(words, c.hooks...)
	return strings.Join(append(words, "toml="+settingsOf(c.toml, "").String()), " ")
}

func newSimulator(cfg simConfig, exes *executablePool) *simulator {
	s := &simulator{
		cfg: cfg, exes: exes,
		batches: make(chan watch.Batch), signal: make(chan os.Signal, 8), requests: make(chan Request),
		alarms: make(chan incremental.Alarm, 1), loaded: make(chan struct{}, 1), ended: make(chan struct{}),
		badContent: map[simContent]bool{}, badStart: map[simPair]bool{}, hookedFor: map[*simHook]simPair{},
		failedInputs: map[int]bool{}, served: map[int]int{}, exits: map[int]int{}, began: time.Now(),
	}
	for f := range s.disk {
		s.disk[f].mtime = s.began.Add(-time.Hour)
	}
	if cfg.fresh {
		s.unknown, s.disk[simGen].content = true, simBroken
	}
	if cfg.slowLoad {
		s.loadTime = 500 * time.Microsecond
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
		setup := s.setupFor(s.setup)
		s.status = Run(setup.Deps, setup.Settings)
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

// violated reports whether there was such a thing.
func (s *simulator) violated() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.violations != nil
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

// setupFor is what the loop gets for a reading of the settings. This is the one place that knows how the
// loop is put together.
func (s *simulator) setupFor(p *simSetup) *Setup {
	noDebug := func(string, ...any) {}
	deps := Deps{
		Load:  s.load,
		Build: func(c *depgraph.Change, running *incremental.Executable) Build { return s.build(p, c, running) },
		Start: func(v Version) (Program, error) { return s.startProgram(p, v) },
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
		deps.Generate = simGenerator{s}
	}
	return &Setup{
		Deps: deps,
		Settings: Settings{
			Stay: s.cfg.stay, Overlap: p.overlap, Hold: p.hold, Quiet: true, Terminal: s.cfg.terminal,
			Grace: 3 * time.Second, Profile: p.profile, Dir: "/m",
			BeforeBuild: slices.Contains(s.cfg.hooks, BeforeBuild), Probe: s.cfg.probe, ReadyTimeout: readyTimeout,
			MustBeReady: s.cfg.mustBeReady, Restart: s.cfg.restart, MaxRestarts: 3,
			Command: simCommand{p},
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
		s.reloaded = s.reloaded || slices.ContainsFunc(s.programs, func(p *simProgram) bool { return p.leaving })
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
	s.wishes++
	switch do {
	case DoRebuild:
		s.acted, s.gone, s.interrupted = true, false, false
		clear(s.badContent)
		clear(s.badStart)
	case DoRestart:
		s.acted, s.gone, s.restartDue = true, false, true
		clear(s.badStart)
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
