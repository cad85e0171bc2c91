package generate

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
)

// A Config is what a Generator has to know of its surroundings.
type Config struct {
	Go       string                   // the go command
	Dir      string                   // where it is started, and what printed paths are relative to
	Env      []string                 // the environment that gorun was started with
	GoEnv    func(name string) string // a setting of the go command
	OwnFlags func(*flag.FlagSet)      // registers gorun's flags, for directives that start gorun
	Started  time.Time                // when gorun was: what was written later has not been generated from

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

	loading sync.Mutex // one load of generators at a time; taken before mu

	mu         sync.Mutex // guards what follows
	followed   bool
	carriers   []carrier // in the order of packages and files
	directives []*Directive
	states     map[string]*state
	tools      map[string]*tool
	seen       observer
	run        *Run            // the last one
	told       map[string]bool // faults that were said
}

// A carrier is a file in which there may be directives.
type carrier struct {
	path, dir string
	fact      fact
	source    source
}

// New returns a Generator that follows nothing yet.
func New(cfg Config) *Generator {
	g := &Generator{cfg: cfg, loaded: make(chan struct{}, 1), states: map[string]*state{}, tools: map[string]*tool{}, told: map[string]bool{}}
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

// Follow makes the directives of a program's packages the ones that are followed.
// A directive is new if it is in a file that was followed before, or that was
// written since gorun started; another one comes with its package and is taken for
// up to date.
func (g *Generator) Follow(graph *depgraph.Graph) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := map[string]bool{}
	for _, c := range g.carriers {
		before[c.path] = true
	}
	old := g.carriers
	g.carriers = nil
	for _, dir := range graph.DirectivePackages() {
		for _, file := range dir.Files {
			c := carrier{path: file, dir: dir.Dir}
			if i := slices.IndexFunc(old, func(c carrier) bool { return c.path == file }); i >= 0 {
				c = old[i]
			}
			g.carriers = append(g.carriers, c)
		}
	}
	g.rescan(func(string) bool { return true })
	g.collect(func(d *Directive) bool {
		return g.followed && (before[d.File] || g.seen.fact(d.File).after(g.cfg.Started))
	})
	g.followed = true
	for _, t := range g.tools {
		if t.graph == nil || t.failed {
			g.wg.Go(func() {
				g.refresh(g.ctx)
				g.reload()
			})
			break
		}
	}
}

// reload has the directories asked for again.
func (g *Generator) reload() {
	select {
	case g.loaded <- struct{}{}:
	default:
	}
}

// rescan reads the directives of carriers again whose content is another one.
func (g *Generator) rescan(wanted func(path string) bool) (changed bool) {
	for i := range g.carriers {
		c := &g.carriers[i]
		if !wanted(c.path) {
			continue
		}
		now := g.seen.fact(c.path)
		if c.fact.State != 0 && c.fact.Sum == now.Sum && c.fact.State == now.State {
			c.fact = now
			continue
		}
		src, _ := os.ReadFile(c.path) // what cannot be read has no directives
		c.fact = now
		next := parse(c.path, c.dir, relative(g.cfg.Dir, c.path), src, g.variables(c.path, c.dir))
		changed = changed || len(next.directives)+len(c.source.directives) > 0
		c.source = next
		for _, f := range next.faults {
			if text := fmt.Sprintf("%s:%d: %v", relative(g.cfg.Dir, c.path), f.line, f.err); !g.told[text] {
				g.told[text] = true
				g.cfg.Say("%s", text)
			}
		}
	}
	return changed
}

// collect makes the directives of the carriers the ones that are followed.
func (g *Generator) collect(isNew func(*Directive) bool) {
	g.directives = nil
	used := map[string]bool{}
	for _, c := range g.carriers {
		for _, d := range c.source.directives {
			g.directives = append(g.directives, d)
			t := g.ensureTool(d)
			if t != nil {
				used[t.call.key()] = true
			}
			if g.states[d.key()] != nil {
				continue
			}
			st := &state{}
			g.states[d.key()] = st
			if isNew(d) {
				st.must, st.toolKnown = "it is new", true
				continue
			}
			st.baseline(observe(d, t, &g.seen), t == nil || t.graph != nil, g.cfg.Started)
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
	call := callOf(d, g.cfg.OwnFlags)
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

func (g *Generator) toolOf(d *Directive) *tool {
	if call := callOf(d, g.cfg.OwnFlags); call != nil {
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
			for _, kv := range slices.Backward(g.cfg.Env) {
				if value, ok := strings.CutPrefix(kv, name+"="); ok {
					return value
				}
			}
			return ""
		}
	}
}

// refresh loads the graphs of generators that are not known or not good any more.
func (g *Generator) refresh(ctx context.Context) {
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
		if st, t := g.states[d.key()], g.toolOf(d); !st.toolKnown && t != nil && t.graph != nil {
			st.baseline(observe(d, t, &g.seen), true, g.cfg.Started)
		}
	}
}
