package live

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/event"
)

// onBatch looks at what may have changed.
func (l *loop) onBatch(paths []string, all bool) {
	if all {
		paths = nil
	}
	if l.graph == nil {
		return // onLoad looks at everything
	}
	l.lookBeside(paths)
	change, made := l.classify(paths)
	l.restartFor(change)
	switch {
	case l.step != nil && l.stage == hooking && (made.Kind == depgraph.Generate || change.Kind > depgraph.Restart):
		l.absorb(merge(made, change))
		l.disturb()
	case made.Kind == depgraph.Generate && l.step != nil:
		l.absorb(change) // what a directive has written that starts over
		l.onChange(made)
	case made.Kind == depgraph.Generate:
		l.onChange(merge(made, change))
	case change.Kind > depgraph.Restart && l.step != nil && l.stage != hooking:
		l.absorb(change)
	case change.Kind > depgraph.Restart:
		l.onChange(change)
	case change.Touched && l.build != nil:
		l.doubt()
	}
}

// doubt is for files that were written, or came and went, while they were built and
// listed, though nothing has come of it: what read them may have seen something
// between. No save is known that would be news, so nothing becomes pending.
func (l *loop) doubt() {
	l.dirty = true
	l.reload = l.reload || l.load != nil
	l.lengthen(time.Now())
	l.cancel()
}

// classify says what paths mean, to the program and to directives, and makes the
// watcher follow. What came into a directory before its watch stood sent no event, so with
// new directories everything is looked at again.
func (l *loop) classify(paths []string) (change, made depgraph.Change) {
	for {
		c, next := l.graph.Classify(paths)
		l.graph = next
		l.print(c)
		change = merge(change, c)
		rewatch := c.Rewatch
		if l.Generate != nil {
			c = l.Generate.Look(paths)
			l.print(c)
			made = merge(made, c)
			rewatch = rewatch || c.Rewatch
		}
		if !rewatch || !l.watchGraph() {
			return change, made
		}
		paths = nil
	}
}

// onChange acts on a change of the program's inputs: at once if the files were
// quiet before and it is not half of a save, at the burst's end otherwise.
func (l *loop) onChange(change depgraph.Change) {
	now := time.Now()
	if l.current.over || l.pending == nil && l.due == nil || !l.underway() && l.burst.IsZero() {
		l.notice()
	}
	l.merge(change)
	l.tell(event.Event{Kind: event.Change, Reason: label(&change, l.opts.Dir), Paths: paths(&change)})
	l.dirty, l.hooked, l.secondRun = true, false, false
	l.reload = l.reload || change.Kind == depgraph.Reload
	l.crashes = 0
	l.enter(PhaseCheck)
	l.carryOn()
	if l.next != nil && l.program != nil {
		l.program.Hurry() // no use in waiting for a stubborn one now
	}
	first := l.burst.IsZero()
	l.lengthen(now)
	// A directive or a hook is not for what may be half of a save.
	if first && !half(change) && inputs(change).Kind == depgraph.None && !l.opts.BeforeBuild {
		l.startBuild()
	} else {
		l.cancel()
	}
}

// half reports whether a file of the change seems to be cut.
func half(change depgraph.Change) bool {
	return slices.ContainsFunc(change.Details, func(d depgraph.Detail) bool { return d.Half })
}

// carryOn is for a save after a ^C that the program took for something else.
func (l *loop) carryOn() {
	if l.ending != nil && l.opts.Terminal && l.program != nil {
		l.ending = nil
		l.grace.Stop()
	}
}

// lengthen begins a burst, or makes it end later.
func (l *loop) lengthen(now time.Time) {
	if l.burst.IsZero() {
		l.burst = now
	}
	l.quiet.Reset(min(quietWindow, burstLimit-now.Sub(l.burst)))
}

// onQuiet ends a burst.
func (l *loop) onQuiet() {
	l.quiet.Stop()
	l.burst = time.Time{}
	l.resettle()
	if !l.burst.IsZero() {
		return // the settings are others, and begin a burst of their own
	}
	if l.step != nil && l.stage == hooking && !l.dirty {
		l.calm()
		l.rerun()
		return
	}
	switch made := l.outdated(); {
	case made.Kind == depgraph.Generate && l.pending == nil:
		l.onChange(made)
		return
	case made.Kind == depgraph.Generate:
		l.merge(made)
		l.dirty = true
	case (l.pending != nil || l.dirty) && l.step == nil && l.compare() < depgraph.Rebuild:
		l.forget()
	}
	if l.dirty {
		l.startBuild()
	}
	l.rerun()
}

// compare makes pending what differs from what the running program was built
// from, and returns its kind: less than Rebuild if an edit was undone, or a file was
// half written when the burst began.
func (l *loop) compare() depgraph.Kind {
	if l.base == nil || l.program == nil || l.next != nil || l.arrival != nil || l.coming != nil {
		return depgraph.Rebuild // nothing to compare with, or no use in it
	}
	change, next := l.base.Classify(nil)
	if change.Kind < depgraph.Rebuild {
		l.base = next
	} else if l.pending != nil {
		change = merge(inputs(*l.pending), change)
		l.pending = &change
	}
	return change.Kind
}

// forget drops what is under way for a change that is undone.
func (l *loop) forget() {
	l.stopStep()
	if l.build != nil {
		l.build.Cancel()
		l.build = nil
	}
	if l.load != nil {
		l.load()
		<-l.loaded
		l.load = nil
	}
	if l.broken {
		l.Say("%s: undone, the program runs on", l.label())
	}
	if l.pending != nil {
		l.tell(event.Event{Kind: event.Build, Reason: l.why(), How: "nothing", Same: true})
		l.current.over = true
	}
	l.dropHeld()
	l.graph, l.pending, l.dirty, l.reload, l.broken = l.base, nil, false, false, false
	l.written, l.prepared = nil, ""
	l.watchGraph()
}

func (l *loop) merge(change depgraph.Change) {
	if l.pending != nil {
		change = merge(*l.pending, change)
	}
	l.pending = &change
}

// merge adds a later change to one that no build has used yet.
func merge(a, b depgraph.Change) depgraph.Change {
	m := depgraph.Change{Kind: max(a.Kind, b.Kind), Touched: a.Touched || b.Touched}
	m.Details = slices.Clone(a.Details)
	for _, d := range b.Details {
		// An input of a directive stays one, whatever else it is.
		i := slices.IndexFunc(m.Details, func(old depgraph.Detail) bool {
			return old.Path == d.Path && (old.Kind == depgraph.Generate) == (d.Kind == depgraph.Generate)
		})
		switch {
		case i < 0:
			m.Details = append(m.Details, d)
		case d.Kind >= m.Details[i].Kind:
			m.Details[i] = d
		}
	}
	m.Packages = slices.Clone(a.Packages)
	for _, p := range b.Packages {
		if !slices.Contains(m.Packages, p) {
			m.Packages = append(m.Packages, p)
		}
	}
	return m
}

// label names what is pending in a reload line.
func (l *loop) label() string {
	if l.written == nil || l.pending == nil {
		return label(l.pending, l.opts.Dir)
	}
	saved := *l.pending
	saved.Details = slices.DeleteFunc(slices.Clone(saved.Details), func(d depgraph.Detail) bool {
		return d.Kind != depgraph.Generate && l.written[d.Path]
	})
	if !slices.ContainsFunc(saved.Details, func(d depgraph.Detail) bool { return d.Kind > depgraph.None }) {
		saved = *l.pending
	}
	return label(&saved, l.opts.Dir)
}

// paths are the files of a change that matter, each once.
func paths(c *depgraph.Change) []string {
	var list []string
	for _, d := range c.Details {
		if d.Kind > depgraph.None && filepath.IsAbs(d.Path) && !slices.Contains(list, d.Path) {
			list = append(list, d.Path)
		}
	}
	return list
}

// label names a change in a reload line: its first file that matters, relative
// to dir if it is below, and how many more there are.
func label(c *depgraph.Change, dir string) string {
	if c == nil {
		return "changed while it was built"
	}
	var names []string
	files := paths(c)
	for _, d := range c.Details {
		switch {
		case d.Kind == depgraph.None:
		case files != nil && d.Reason == askedFor: // and has failed
		case !slices.Contains(names, d.Path):
			names = append(names, d.Path)
		}
	}
	first, more := "", len(names)-1
	if len(names) > 0 {
		first = names[0]
	}
	if rel, err := filepath.Rel(dir, first); err == nil && filepath.IsLocal(rel) {
		first = rel
	}
	if more > 0 {
		return fmt.Sprintf("%s (+%d)", first, more)
	}
	return first
}
