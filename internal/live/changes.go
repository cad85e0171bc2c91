package live

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
)

// Shorter names for the kinds of a change that decide something here.
const (
	generates = depgraph.Generate
	restarts  = depgraph.Restart
	rebuilds  = depgraph.Rebuild
	reloads   = depgraph.Reload
)

// changes are the saves that the program does not have in it.
type changes struct {
	pending *depgraph.Change // since the last version was built; nil before the first save
	written map[string]bool  // paths that changed during a step: the reload line does not name them
	newest  int              // the number of changes so far
	at      time.Time        // when the newest came
	unbuilt bool             // inputs changed since the build in flight began, or there is none

	burst    burst
	settings bool // gorun.toml was written in this burst
	unjudged bool // a burst is over, and what it has come to is not known yet
}

// merge adds a change.
func (c *changes) merge(change depgraph.Change) {
	c.newest++
	if c.pending != nil {
		change = merge(*c.pending, change)
	}
	c.pending = &change
}

// absorb adds a change that will be in the build after a step, and reports whether
// there was one.
func (c *changes) absorb(change depgraph.Change) bool {
	if change.Kind < rebuilds {
		return false
	}
	c.merge(change)
	if c.written == nil {
		c.written = map[string]bool{}
	}
	for _, d := range change.Details {
		c.written[d.Path] = true
	}
	return true
}

// narrow makes pending what differs from what the program was built from.
func (c *changes) narrow(differs depgraph.Change) {
	if c.pending != nil {
		differs = merge(inputs(*c.pending), differs)
		c.pending = &differs
	}
}

// include drops what a version has in it that serves from now on, and reports whether
// that is everything.
func (c *changes) include(v Version) bool {
	if v.upTo != c.newest || c.unbuilt {
		return false
	}
	c.pending, c.written = nil, nil
	return true
}

// forget drops everything.
func (c *changes) forget() { c.pending, c.written, c.unbuilt = nil, nil, false }

// leaveOutInputs drops what directives are made from: the next build will not
// have it in it.
func (c *changes) leaveOutInputs() {
	switch {
	case c.pending == nil:
	case c.pending.Kind <= generates:
		c.pending = nil
	default:
		rest := *c.pending
		rest.Details = slices.DeleteFunc(slices.Clone(rest.Details), func(d depgraph.Detail) bool {
			return d.Kind == generates
		})
		c.pending = &rest
	}
}

// label names what is pending in a reload line.
func (c *changes) label(dir string) string {
	if c.written == nil || c.pending == nil {
		return label(c.pending, dir)
	}
	saved := *c.pending
	saved.Details = slices.DeleteFunc(slices.Clone(saved.Details), func(d depgraph.Detail) bool {
		return d.Kind != generates && c.written[d.Path]
	})
	if !slices.ContainsFunc(saved.Details, func(d depgraph.Detail) bool { return d.Kind > depgraph.None }) {
		saved = *c.pending
	}
	return label(&saved, dir)
}

// merge adds a later change to one that no build has used yet.
func merge(a, b depgraph.Change) depgraph.Change {
	m := depgraph.Change{Kind: max(a.Kind, b.Kind), Touched: a.Touched || b.Touched}
	m.Details = slices.Clone(a.Details)
	for _, d := range b.Details {
		// An input of a directive stays one, whatever else it is.
		i := slices.IndexFunc(m.Details, func(old depgraph.Detail) bool {
			return old.Path == d.Path && (old.Kind == generates) == (d.Kind == generates)
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

// inputs returns what of a change directives are made from.
func inputs(c depgraph.Change) depgraph.Change {
	var in depgraph.Change
	for _, d := range c.Details {
		if d.Kind == generates {
			in.Kind, in.Details = d.Kind, append(in.Details, d)
		}
	}
	return in
}

// absence is how much longer a file that is away may come back before a failed build is believed.
func (c *changes) absence(now time.Time) time.Duration {
	if c.pending == nil || !slices.ContainsFunc(c.pending.Details, func(d depgraph.Detail) bool { return d.Absent }) {
		return 0
	}
	return absencePatience - now.Sub(c.at)
}

// halfWritten reports whether a file of the change seems to be cut.
func halfWritten(change depgraph.Change) bool {
	return slices.ContainsFunc(change.Details, func(d depgraph.Detail) bool { return d.HalfWritten })
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
