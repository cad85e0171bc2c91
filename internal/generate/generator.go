package generate

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/plainfile"
)

// A Config is what a Generator has to know of its surroundings.
type Config struct {
	Go       string                   // the go command
	Dir      string                   // where it is started, and what printed paths are relative to
	Env      []string                 // the environment that gorun was started with
	GoEnv    func(name string) string // a setting of the go command
	OwnFlags func(*flag.FlagSet)      // registers gorun's flags, for directives that start gorun
	Started  time.Time                // when gorun was: what was written later has not been generated from
	Memory   string                   // the directory of what earlier sessions remember; "" if there is none

	Say   func(format string, args ...any) // one line of trouble
	Debug func(format string, args ...any)
}

// A Generator knows the directives of a program and what they are made from. Its
// methods may be called from any goroutine; none waits for a directive or for the
// go command, but for Close and Wait.
type Generator struct {
	cfg    Config
	loaded chan struct{} // capacity 1, never closed
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup // the loads in the background, one for each graph followed, and the runs

	loading sync.Mutex // one load of generators at a time; locked before mu

	mu             sync.Mutex // guards what follows
	followed       bool
	files          []directiveFile // in the order of order.go
	directives     []*Directive
	states         map[string]*directiveState
	tools          map[string]*tool
	observer       observer
	run            *Run            // the last one
	reportedFaults map[string]bool // faults that were said
}

// A directiveFile is a file in which there may be directives.
type directiveFile struct {
	path, dir string
	fact      fact
	source    source
}

// New returns a Generator that follows nothing yet.
func New(cfg Config) *Generator {
	g := &Generator{
		cfg: cfg, loaded: make(chan struct{}, 1),
		states: map[string]*directiveState{}, tools: map[string]*tool{}, reportedFaults: map[string]bool{},
	}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g
}

// Close ends what is under way and waits for it.
func (g *Generator) Close() {
	g.cancel()
	g.mu.Lock()
	if g.run != nil {
		g.run.cancelLocked()
	}
	g.mu.Unlock()
	g.wg.Wait()
}

// Loaded delivers a value when it is known what directives are made from, and that
// is not what WatchDirs has said before.
func (g *Generator) Loaded() <-chan struct{} { return g.loaded }

// Follow makes the directives of a program's packages the ones that are followed. One that
// was not followed before is new, and will run, if its file was followed or was written
// since gorun started. Otherwise it came with its package, and is assumed to be up to date.
func (g *Generator) Follow(graph *depgraph.Graph) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := map[string]bool{}
	for _, f := range g.files {
		before[f.path] = true
	}
	g.files = orderFiles(graph, g.files)
	g.rereadFiles(func(string) bool { return true })
	g.collectDirectives(func(d *Directive) bool {
		return g.followed && (before[d.File] || g.observer.readFact(d.File).after(g.cfg.Started))
	})
	g.followed = true
	for _, t := range g.tools {
		if t.graph == nil || t.failed {
			g.wg.Go(func() {
				g.loadTools(g.ctx)
				g.signalLoaded()
			})
			break
		}
	}
}

// signalLoaded makes the caller ask for WatchDirs again.
func (g *Generator) signalLoaded() {
	select {
	case g.loaded <- struct{}{}:
	default:
	}
}

// rereadFiles reads the directives of those files again whose content is another one.
func (g *Generator) rereadFiles(wanted func(path string) bool) (changed bool) {
	for i := range g.files {
		c := &g.files[i]
		if !wanted(c.path) {
			continue
		}
		now := g.observer.readFact(c.path)
		if c.fact.State != 0 && c.fact.Sum == now.Sum && c.fact.State == now.State {
			c.fact = now
			continue
		}
		src, _ := plainfile.Read(c.path) // what cannot be read has no directives
		c.fact = now
		next := parse(c.path, c.dir, relative(g.cfg.Dir, c.path), src, g.variables(c.path, c.dir))
		changed = changed || len(next.directives)+len(c.source.directives) > 0
		c.source = next
		for _, f := range next.faults {
			if text := fmt.Sprintf("%s:%d: %v", relative(g.cfg.Dir, c.path), f.line, f.err); !g.reportedFaults[text] {
				g.reportedFaults[text] = true
				g.cfg.Say("%s", text)
			}
		}
	}
	return changed
}

// collectDirectives makes the directives of the files the ones that are followed.
func (g *Generator) collectDirectives(isNew func(*Directive) bool) {
	g.directives = orderDirectives(g.files)
	used := map[string]bool{}
	for _, d := range g.directives {
		t := g.ensureTool(d)
		if t != nil {
			used[t.call.key()] = true
		}
		if g.states[d.key()] != nil {
			continue
		}
		st := &directiveState{}
		g.states[d.key()] = st
		if isNew(d) {
			st.runReason, st.toolLoaded = "it is new", true
			continue
		}
		if r := memory(g.cfg.Memory).recall(d); r != nil {
			st.remember(r, t != nil && t.graph == nil)
		} else {
			st.assumeUpToDate(inputsOf(d, t, &g.observer), t == nil || t.graph != nil, g.cfg.Started)
		}
		if path := st.missingOutput(); path != "" {
			st.runReason = relative(g.cfg.Dir, path) + " is not there"
		}
	}
	for key := range g.tools {
		if !used[key] {
			delete(g.tools, key)
		}
	}
}

// ensureTool returns the generator that a directive runs by its package; nil if
// there is none.
func (g *Generator) ensureTool(d *Directive) *tool {
	call := findToolCall(d, g.cfg.OwnFlags)
	if call == nil {
		return nil
	}
	t := g.tools[call.key()]
	if t == nil {
		t = &tool{call: call}
		g.tools[call.key()] = t
	}
	return t
}

func (g *Generator) findTool(d *Directive) *tool {
	if call := findToolCall(d, g.cfg.OwnFlags); call != nil {
		return g.tools[call.key()]
	}
	return nil
}

// variables returns the variables that go generate sets for a line of a file
// (Generator.setEnv in cmd/go/internal/generate), and those of the environment.
func (g *Generator) variables(file, dir string) func(pkg string, line int) func(string) string {
	return func(pkg string, line int) func(string) string {
		return func(name string) string {
			switch name {
			case "GOROOT", "GOARCH", "GOOS":
				return g.cfg.GoEnv(name)
			case "GOFILE":
				return file[strings.LastIndexByte(file, os.PathSeparator)+1:]
			case "GOLINE":
				return fmt.Sprint(line)
			case "GOPACKAGE":
				return pkg
			case "DOLLAR":
				return "$"
			case "PWD":
				return dir
			}
			return environ.Get(g.cfg.Env, name)
		}
	}
}

// loadTools loads the graphs of generators that are not known or not good any more.
func (g *Generator) loadTools(ctx context.Context) {
	g.loading.Lock()
	defer g.loading.Unlock()
	g.mu.Lock()
	var todo []*tool
	for _, t := range g.tools {
		if t.graph == nil || t.stale || t.failed {
			todo = append(todo, t)
		}
	}
	g.mu.Unlock()
	if todo == nil {
		return
	}
	next := make([]*tool, len(todo))
	var wg sync.WaitGroup // one for each generator
	for i, t := range todo {
		wg.Go(func() { next[i] = g.loadTool(ctx, t) })
	}
	wg.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range next {
		if g.tools[t.call.key()] != nil {
			g.tools[t.call.key()] = t
		}
	}
	for _, d := range g.directives {
		if st, t := g.states[d.key()], g.findTool(d); !st.toolLoaded && t != nil && t.graph != nil {
			if st.toolLoaded = true; !st.known {
				st.assumeUpToDate(inputsOf(d, t, &g.observer), true, g.cfg.Started)
			}
		}
	}
}

// Wait waits until it is known what the directives are made from.
func (g *Generator) Wait() { g.wg.Wait() }
