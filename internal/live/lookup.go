package live

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
)

// Looking things up: the facts that make what has arrived an event.

// lookUp finds out what paths mean that may have changed, nil for everything, and makes
// the watcher follow. What came into a directory before its watch stood sent no event,
// so with new directories everything is looked at again. Before there is a graph
// it returns nil: when it was loaded everything is looked at.
func (l *loop) lookUp(paths []string) machineEvent {
	e := noticed{graph: l.machine.graph}
	if e.graph == nil {
		return nil
	}
	if l.deps.Files != nil {
		e.runFiles, e.settings = l.deps.Files.Classify(paths)
		l.print(e.runFiles)
		if e.runFiles.WatchDirsChanged {
			l.watch(e.graph)
		}
	}
	for {
		c, next := e.graph.Classify(paths)
		e.graph = next
		l.print(c)
		e.change = merge(e.change, c)
		watchDirsChanged := c.WatchDirsChanged
		if l.deps.Generate != nil {
			c = l.deps.Generate.Classify(paths)
			l.print(c)
			e.inputs = merge(e.inputs, c)
			watchDirsChanged = watchDirsChanged || c.WatchDirsChanged
		}
		if !watchDirsChanged || !l.watch(e.graph) {
			return e
		}
		paths = nil
	}
}

// watch makes the watcher follow a graph, and reports whether there are directories
// that it has not followed before.
func (l *loop) watch(g Graph) (more bool) {
	dirs := slices.Clone(g.WatchDirs())
	if l.deps.Files != nil {
		dirs = append(dirs, l.deps.Files.WatchDirs()...)
	}
	if l.deps.Generate != nil {
		dirs = append(dirs, l.deps.Generate.WatchDirs()...)
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	if err := l.deps.Watch.Watch(dirs); err != nil {
		l.deps.Fail("watching: %v", err)
	}
	l.deps.Debug("watch")("%d directories", len(dirs))
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
		l.deps.Debug("watch")("%s: %s: %s", d.Path, d.Kind, d.Reason)
	}
}

// complete makes what has arrived in the inbox an event; nil if nobody waits for it.
func (l *loop) complete(arrived any) machineEvent {
	switch a := arrived.(type) {
	case loadOver:
		if a.loading != l.load {
			return nil
		}
		l.load = nil
		return loaded{a.graph, a.err}
	case stepOver:
		if a.Step != l.step {
			return nil
		}
		return l.stepEnded()
	case buildOver:
		if a.Build != l.build {
			return nil
		}
		return buildDone{}
	case programOver:
		p := l.programs[a.id]
		delete(l.programs, a.id)
		return programEnded{a.id, p.Outcome(), survivors(p.Left())}
	case hookOver:
		h := l.hooks[a.id]
		delete(l.hooks, a.id)
		return hookEnded{a.id, h.Err(), h.Status()}
	}
	return arrived
}

// survivors names processes in words.
func survivors(list []exec.Survivor) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = s.String()
	}
	return strings.Join(words, ", ")
}

// stepEnded looks at what the step has written, before the news of that comes.
func (l *loop) stepEnded() machineEvent {
	e := stepEnded{result: l.step.Result(), graph: l.machine.graph}
	l.step = nil
	if e.graph != nil {
		e.written, e.graph = e.graph.Classify(nil)
		l.print(e.written)
	}
	return e
}

// collect takes the result of the build.
func (l *loop) collect() machineEvent {
	e := buildResult{result: l.build.Result(), started: l.build.Started()}
	l.build = nil
	if !errors.Is(e.result.Err, incremental.ErrSuperseded) {
		e.facts = l.since(e.started)
	}
	return e
}

// since finds out what has happened to the inputs of a build since it began, as far as
// that is needed.
func (l *loop) since(began time.Time) buildFacts {
	g := l.machine.graph
	if g == nil {
		return buildFacts{}
	}
	facts := buildFacts{graph: true, next: g}
	if l.deps.Generate != nil {
		facts.outdated = l.deps.Generate.Classify(nil)
	}
	if facts.outdated.Kind == generates {
		l.print(facts.outdated)
		return facts
	}
	facts.doubtful = g.ChangedSince(began)
	if len(facts.doubtful) == 0 {
		return facts
	}
	facts.change, facts.next = g.Classify(facts.doubtful)
	l.print(facts.change)
	if facts.change.Kind <= restarts {
		facts.saved = savedSince(facts.next, began)
	}
	return facts
}

// savedSince is the change that files make of which a build that began then may have
// seen the content before.
func savedSince(g Graph, began time.Time) depgraph.Change {
	var c depgraph.Change
	for _, path := range g.SavedSince(began) {
		c.Kind = rebuilds
		c.Details = append(c.Details, depgraph.Detail{Path: path, Kind: c.Kind, Reason: "saved while it was built"})
	}
	return c
}

// missing is what the program has not done that is not ready in time.
func (l *loop) missing() machineEvent {
	l.timers[readyTimer].Stop()
	if p := l.machine.slot.awaited(); p != nil {
		return notReady{l.programs[p.id].Missing()}
	}
	return nil
}
