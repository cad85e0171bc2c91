package programs

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
)

// loads makes one load of the package graph of those that several loops ask for at the same
// time: at the start, and after a save of go.mod or a new import in a shared package.
type loads struct {
	mu      sync.Mutex
	waiting map[string][]*load // by what must be the same; under mu
}

// gatherLoads is how long the first loop that asks waits for others: several times what a loop
// takes from the watcher's news to its question, a fraction of what a load takes.
const gatherLoads = 20 * time.Millisecond

// A load is what one loop has asked for.
type load struct {
	ctx  context.Context
	cfg  depgraph.Config
	prev *depgraph.Graph

	done  chan struct{} // closed when the rest is written
	graph *depgraph.Graph
	err   error
}

func newLoads() *loads { return &loads{waiting: map[string][]*load{}} }

// load is depgraph's Load.
func (l *loads) load(ctx context.Context, cfg depgraph.Config, prev *depgraph.Graph) (*depgraph.Graph, error) {
	if len(cfg.Patterns) != 1 {
		return depgraph.Load(ctx, cfg, prev)
	}
	// All else in the configurations of programs that run together is the same but for Exclude.
	key := strings.Join(append([]string{cfg.Dir}, cfg.BuildFlags...), "\x00")
	mine := &load{ctx: ctx, cfg: cfg, prev: prev, done: make(chan struct{})}
	l.mu.Lock()
	l.waiting[key] = append(l.waiting[key], mine)
	if len(l.waiting[key]) == 1 {
		time.AfterFunc(gatherLoads, func() { l.run(key) })
	}
	l.mu.Unlock()
	select {
	case <-mine.done:
		return mine.graph, mine.err
	case <-ctx.Done():
		if prev == nil {
			prev = &depgraph.Graph{}
		}
		return prev, context.Cause(ctx)
	}
}

// run loads what is asked for. It is cancelled when nobody waits for it any more.
func (l *loads) run(key string) {
	l.mu.Lock()
	list := l.waiting[key]
	delete(l.waiting, key)
	l.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for _, one := range list {
			select {
			case <-one.ctx.Done():
			case <-ctx.Done():
				return
			}
		}
		cancel()
	}()
	if len(list) == 1 {
		list[0].graph, list[0].err = depgraph.Load(ctx, list[0].cfg, list[0].prev)
		close(list[0].done)
		return
	}
	cfgs, prevs := make([]depgraph.Config, len(list)), make([]*depgraph.Graph, len(list))
	for i, one := range list {
		cfgs[i], prevs[i] = one.cfg, one.prev
	}
	graphs, errs := depgraph.LoadSeveral(ctx, cfgs, prevs)
	for i, one := range list {
		one.graph, one.err = graphs[i], errs[i]
		close(one.done)
	}
}
