package live

import (
	"context"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
)

// The graph: loading it, and watching what it names.

type loadResult struct {
	graph Graph
	err   error
}

// startLoad begins to load the graph and lets go of a load under way.
func (l *loop) startLoad() {
	l.reload = false
	if l.load != nil {
		l.load()
		<-l.loaded
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.load = cancel
	prev, load := l.graph, l.Load // the rooms may be others when the goroutine runs
	go func() {
		g, err := load(ctx, prev)
		l.loaded <- loadResult{g, err}
	}()
}

func (l *loop) onLoad(r loadResult) {
	l.load()
	l.load = nil
	first := l.graph == nil
	l.graph = r.graph
	l.unloaded = r.err
	if first && l.build == nil && l.program != nil {
		l.tellUnloaded()
	}
	if l.Generate != nil {
		l.Generate.Follow(l.graph)
	}
	l.watchGraph()
	// What was saved before the watches stood sent no event.
	if first && l.build == nil {
		// The first build is in use already: were its inputs these?
		if !l.kept.IsZero() {
			l.ask()
		} else if !l.first.IsZero() && l.verify(l.first) && !l.reload {
			l.base = l.graph
		}
	}
	l.onBatch(nil, true)
}

// tellUnloaded says that the graph could not be loaded, where no build says so
// in the go command's words.
func (l *loop) tellUnloaded() {
	if l.unloaded == nil || l.unloaded.Error() == l.told {
		return
	}
	l.told = l.unloaded.Error()
	l.Fail("saves may go unnoticed: loading the package graph: %s", l.told)
}

// watchGraph makes the watcher follow the graph, and reports whether there are directories
// that it has not followed before.
func (l *loop) watchGraph() (more bool) {
	dirs := l.graph.WatchDirs()
	if l.Files != nil {
		dirs = append(dirs, l.Files.WatchDirs()...)
	}
	if l.Generate != nil {
		dirs = append(dirs, l.Generate.WatchDirs()...)
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	if err := l.Watch.Watch(dirs); err != nil {
		l.Fail("watching: %v", err)
	}
	l.Debug("watch")("%d directories", len(dirs))
	for _, dir := range dirs {
		if _, known := slices.BinarySearch(l.watched, dir); !known {
			more = true
		}
	}
	l.watched = dirs
	return more
}

func (l *loop) print(c depgraph.Change) {
	for _, d := range c.Details {
		l.Debug("watch")("%s: %s: %s", d.Path, d.Kind, d.Reason)
	}
}
