package generate

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// Look says what paths, nil for all of them, mean to directives: a change of kind
// Generate if one has to run, or, while one runs, if it has to start over. The
// details are inputs with another content.
func (g *Generator) Look(paths []string) depgraph.Change {
	g.mu.Lock()
	defer g.mu.Unlock()
	var c depgraph.Change
	if !g.update(paths, &c) {
		return c
	}
	if r := g.run; r != nil && !r.over {
		g.lookAtRun(r, &c)
		return c
	}
	for _, d := range g.directives {
		st := g.states[d.key()]
		because, paths := g.reason(d)
		switch {
		case because == "" || st.waits && len(paths) == 0:
			continue
		case len(paths) == 0:
			g.add(&c, d, d.File, because)
		}
		for _, path := range paths {
			g.add(&c, d, path, "")
		}
	}
	return c
}

// update reads carriers and the graphs of generators again where paths say so. It
// reports whether any of the paths may mean something.
func (g *Generator) update(paths []string, c *depgraph.Change) bool {
	wanted := func(string) bool { return true }
	if paths != nil {
		dirs := g.directories()
		near := func(path string) bool { return dirs[path] || dirs[filepath.Dir(path)] }
		if !slices.ContainsFunc(paths, near) {
			return false
		}
		wanted = func(path string) bool { return slices.Contains(paths, path) }
	}
	if g.rescan(wanted) {
		// In a file that was followed, a directive that was not there is new.
		g.collect(func(*Directive) bool { return true })
		c.Rewatch = true
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
				if d.Kind == depgraph.Reload && !slices.Contains(next.causes, d.Path) {
					next.causes = append(slices.Clone(next.causes), d.Path)
				}
			}
		}
		g.tools[key] = &next
		c.Rewatch = c.Rewatch || change.Rewatch
	}
	for _, path := range paths {
		if m := stamp.Stat(path); m.State == stamp.Dir {
			c.Rewatch = true // below a pattern, perhaps
		}
	}
	return true
}

// reason says why a directive has to run, with the inputs that say so.
func (g *Generator) reason(d *Directive) (string, []string) {
	st, t := g.states[d.key()], g.toolOf(d)
	because, paths := st.reason(observe(d, t, &g.seen), &g.seen, g.cfg.Dir)
	if because == "" && t != nil && t.stale {
		because, paths = why(g.cfg.Dir, t.causes), t.causes
	}
	return because, paths
}

// lookAtRun looks for saves that a directive that runs has to start over for. What
// other directives are made from is looked at when it has ended.
func (g *Generator) lookAtRun(r *Run, c *depgraph.Change) {
	d := r.current
	if d == nil {
		return
	}
	if !slices.ContainsFunc(g.directives, func(now *Directive) bool { return now.key() == d.key() }) {
		g.add(c, d, d.File, "its text changed")
		return
	}
	st := g.states[d.key()]
	paths := st.disturbed(st.seen, observe(d, g.toolOf(d), &g.seen))
	st.suspect(paths)
	for _, path := range paths {
		g.add(c, d, path, "")
	}
}

func (g *Generator) add(c *depgraph.Change, d *Directive, path, because string) {
	if slices.ContainsFunc(c.Details, func(d depgraph.Detail) bool { return d.Path == path }) {
		return
	}
	reason := "carries " + g.nameOf(d) + ": " + because
	if because == "" {
		reason = g.inputOf(d, path)
	}
	c.Kind = depgraph.Generate
	c.Details = append(c.Details, depgraph.Detail{Path: path, Kind: depgraph.Generate, Reason: reason})
}

func (g *Generator) nameOf(d *Directive) string {
	return "the go:generate directive at " + d.name()
}

// inputOf says in words how a path is an input of a directive.
func (g *Generator) inputOf(d *Directive, path string) string {
	words := "input of " + g.nameOf(d)
	if in, ok := observe(d, g.toolOf(d), &g.seen).files[path]; ok {
		words += " (" + in.how + ")"
	}
	return words
}

// Why says how a path is an input of a directive; "" if it is none.
func (g *Generator) Why(path string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, d := range g.directives {
		if in, ok := observe(d, g.toolOf(d), &g.seen).files[path]; ok && in.Exists() {
			return g.inputOf(d, path)
		}
	}
	return ""
}

// Wait waits until it is known what the directives are made from.
func (g *Generator) Wait() { g.wg.Wait() }

// WatchDirs returns the existing directories where inputs of directives change, come and
// go, sorted, without what is below them.
func (g *Generator) WatchDirs() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var dirs []string
	for dir := range g.directories() {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs
}

func (g *Generator) directories() map[string]bool {
	dirs := map[string]bool{}
	for _, c := range g.carriers {
		watch(dirs, c.dir)
	}
	for _, d := range g.directives {
		for _, path := range named(d) {
			if g.seen.fact(path).State != stamp.Other {
				watch(dirs, filepath.Dir(path))
			}
		}
		for _, text := range d.Globs {
			_, directories := newGlob(d.Dir, text).find(&g.seen.lister)
			for _, dir := range directories {
				watch(dirs, dir)
			}
		}
	}
	for _, t := range g.tools {
		if t.graph != nil {
			for _, dir := range t.graph.WatchDirs() {
				dirs[dir] = true
			}
		}
	}
	return dirs
}

// watch adds a directory, or the nearest one above that is there. As in a package
// graph, the root of the file system and directories where everybody writes are left out.
func watch(dirs map[string]bool, dir string) {
	for {
		if dirs[dir] {
			return
		}
		fi, err := os.Stat(dir)
		parent := filepath.Dir(dir)
		if err == nil && fi.IsDir() {
			if parent != dir && fi.Mode()&fs.ModeSticky == 0 {
				dirs[dir] = true
			}
			return
		}
		if parent == dir {
			return
		}
		dir = parent
	}
}

// plan picks the directives that have to run now.
func (g *Generator) plan() Plan {
	return NewPlan(g.directives, func(d *Directive) string {
		because, _ := g.reason(d)
		return because
	})
}
