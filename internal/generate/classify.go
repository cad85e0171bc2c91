package generate

import (
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// Classify says what paths, nil for all of them, mean to directives: a change of kind
// Generate if one has to run, or, while one runs, if it has to start over. The
// details are inputs with another content.
func (g *Generator) Classify(paths []string) depgraph.Change {
	g.mu.Lock()
	defer g.mu.Unlock()
	var c depgraph.Change
	if !g.readChanges(paths, &c) {
		return c
	}
	if r := g.run; r != nil && !r.over {
		g.classifyDuringRun(r, &c)
		return c
	}
	for _, d := range g.directives {
		st := g.states[d.key()]
		because, paths := g.reason(d)
		switch {
		case because == "" || st.waitsForInput && len(paths) == 0:
			continue
		case len(paths) == 0:
			g.addDetail(&c, d, d.File, because)
		}
		for _, path := range paths {
			g.addDetail(&c, d, path, "")
		}
	}
	return c
}

// readChanges reads files with directives and the graphs of generators again, as far as
// the paths concern them. It reports whether any of the paths can concern a directive.
func (g *Generator) readChanges(paths []string, c *depgraph.Change) bool {
	wanted := func(string) bool { return true }
	if paths != nil {
		dirs := g.watchedDirs()
		near := func(path string) bool { return dirs[path] || dirs[filepath.Dir(path)] }
		if !slices.ContainsFunc(paths, near) {
			return false
		}
		wanted = func(path string) bool { return slices.Contains(paths, path) }
	}
	if g.rereadFiles(wanted) {
		// In a file that was followed, a directive that was not there is new.
		g.collectDirectives(func(*Directive) bool { return true })
		c.WatchDirsChanged = true
	}
	for key, t := range g.tools {
		if t.graph == nil {
			continue
		}
		change := depgraph.Classify(t.graph, paths)
		next := *t
		next.graph = t.graph.Update(change)
		if change.Kind == depgraph.Reload {
			next.stale = true
			for _, d := range change.Details {
				if d.Kind == depgraph.Reload && !slices.Contains(next.staleCauses, d.Path) {
					next.staleCauses = append(slices.Clone(next.staleCauses), d.Path)
				}
			}
		}
		g.tools[key] = &next
		c.WatchDirsChanged = c.WatchDirsChanged || change.WatchDirsChanged
	}
	for _, path := range paths {
		if m := stamp.Stat(path); m.State == stamp.Dir {
			c.WatchDirsChanged = true // below a pattern, perhaps
		}
	}
	return true
}

// reason says why a directive has to run, with the inputs that say so.
func (g *Generator) reason(d *Directive) (string, []string) {
	st, t := g.states[d.key()], g.findTool(d)
	now := inputsOf(d, t, &g.observer)
	written := func(path string) bool { return g.isWritten(d, path, now.files[path]) }
	because, paths := st.reason(now, written, &g.observer, g.cfg.Dir)
	if because == "" && t != nil && t.stale {
		because, paths = why(g.cfg.Dir, t.staleCauses), t.staleCauses
	}
	return because, paths
}

// classifyDuringRun finds saves after which the running directive has to start over. The
// inputs of the other directives are compared when it has ended.
func (g *Generator) classifyDuringRun(r *Run, c *depgraph.Change) {
	d := r.current
	if d == nil {
		return
	}
	if !slices.ContainsFunc(g.directives, func(now *Directive) bool { return now.key() == d.key() }) {
		g.addDetail(c, d, d.File, "its text changed")
		return
	}
	st := g.states[d.key()]
	paths := st.savedDuringRun(st.lastInputs, inputsOf(d, g.findTool(d), &g.observer))
	st.countInterruptions(paths)
	for _, path := range paths {
		g.addDetail(c, d, path, "")
	}
}

func (g *Generator) addDetail(c *depgraph.Change, d *Directive, path, because string) {
	if slices.ContainsFunc(c.Details, func(d depgraph.Detail) bool { return d.Path == path }) {
		return
	}
	reason := "carries " + g.describe(d) + ": " + because
	if because == "" {
		reason = g.describeInput(d, path)
	}
	c.Kind = depgraph.Generate
	c.Details = append(c.Details, depgraph.Detail{Path: path, Kind: depgraph.Generate, Reason: reason})
}
