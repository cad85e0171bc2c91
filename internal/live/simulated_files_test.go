package live

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/watch"
)

// The simulator's disk, and what reads it to know what a save means: the graph, the watcher, the directive.

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

var simPaths = [simFiles]string{
	"/m/main.go", "/m/lib.go", "/m/go.mod", "/m/gen.go", "/m/api.proto", "/m/app.env", "/m/gorun.toml",
}

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

// write saves a file. The watcher has not reported it yet.
func (s *simulator) write(file, content int) {
	f := &s.disk[file]
	f.content, f.mtime = content, time.Now()
	f.saves++
	s.wishes++
	s.unseen = s.unseen || !s.everLoaded || s.loading > 0
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
	if s.reported[file] == s.disk[file].content {
		return
	}
	s.reported[file] = s.disk[file].content
	s.acted, s.interrupted = true, false
	if file != simEnv || !s.setup.hold {
		s.gone = false
	}
	if file == simEnv {
		s.restartDue = s.restartDue || !s.setup.hold
		clear(s.badStart)
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
		d := depgraph.Detail{Path: simPaths[f], Reason: "content changed", HalfWritten: now.content == simEmpty}
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
		now := g.s.disk[f]
		if !now.mtime.Before(t) || !now.mtime.Equal(seen.mtime) || now.content != seen.content {
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
	s.everLoaded = true
	if g.mod >= simBroken {
		return g, errors.New("go.mod:1: unknown directive")
	}
	return g, nil
}

type simWatcher struct{ s *simulator }

func (w simWatcher) Watch([]string) error        { return nil }
func (w simWatcher) Batches() <-chan watch.Batch { return w.s.batches }
func (w simWatcher) Close() error                { return nil }

// The directive: gen.go is made from api.proto.

type simGenerator struct{ s *simulator }

func (g simGenerator) Follow(Graph)            {}
func (g simGenerator) WatchDirs() []string     { return []string{"/m"} }
func (g simGenerator) Loaded() <-chan struct{} { return g.s.loaded }

func (g simGenerator) Classify([]string) depgraph.Change {
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

// StartUnknown runs the directive if nothing is known of it: then gen.go is not there.
func (g simGenerator) StartUnknown() Step {
	g.s.mu.Lock()
	if g.s.unknown {
		g.s.unknown, g.s.generated = false, -1
	}
	g.s.mu.Unlock()
	return g.Start()
}

type simStep struct {
	s             *simulator
	before, input int
	done          chan struct{}
	result        StepResult
	read          bool // the loop has asked how it has failed
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
	if err := t.result.Err; err != nil && !errors.Is(err, context.Canceled) && !t.read {
		t.read = true
		t.s.notPrepared()
	}
	return t.result
}

func (t *simStep) Cancel() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.s.activity++
	t.end(context.Canceled)
}
