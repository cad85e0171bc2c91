package live

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
)

// The simulator's builds and the executables that come of them.

// simContent is what an executable is made of.
type simContent struct {
	sources [simSources]int
	flavor  int
	wrong   bool // the direct way has made a mistake
}

func (c simContent) broken() bool {
	return slices.ContainsFunc(c.sources[:], func(v int) bool { return v >= simBroken })
}

type simExecutable struct {
	exe     *incremental.Executable
	n       int
	content simContent
	setup   *simSetup
	claimed bool   // the loop has asked its build for it
	started bool   // the loop has tried to start it
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
		bin := filepath.Join(p.dir, name, "b001", "exe")
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
		b.result = incremental.Result{How: how, Reused: kept}
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
		b.unclaimed.claimed = true
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
