package live

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
)

// merge adds a later change to one that no build has used yet.
func merge(a, b depgraph.Change) depgraph.Change {
	m := depgraph.Change{Kind: max(a.Kind, b.Kind), Touched: a.Touched || b.Touched}
	m.Details = slices.Clone(a.Details)
	for _, d := range b.Details {
		i := slices.IndexFunc(m.Details, func(old depgraph.Detail) bool { return old.Path == d.Path })
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

// label names a change in a reload line: its first file that matters, relative
// to dir if it is below, and how many more there are.
func label(c *depgraph.Change, dir string) string {
	if c == nil {
		return "changed while it was built"
	}
	first, more := "", 0
	for _, d := range c.Details {
		switch {
		case d.Kind == depgraph.None:
		case first == "":
			first = d.Path
		default:
			more++
		}
	}
	if rel, err := filepath.Rel(dir, first); err == nil && filepath.IsLocal(rel) {
		first = rel
	}
	if more > 0 {
		return fmt.Sprintf("%s (+%d)", first, more)
	}
	return first
}
