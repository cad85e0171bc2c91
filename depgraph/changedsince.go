package depgraph

import (
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// ChangedSince returns the files that may have been written at or after t, by
// the clock of their file system, or whose metadata differs from what was
// recorded; sorted. Classify tells which of them have another content.
func (g *Graph) ChangedSince(t time.Time) []string {
	found := map[string]bool{}
	for path, f := range g.facts {
		if g.set.excluded(path) {
			continue
		}
		if g.deciding[path].link {
			if readLink(path) != f.target {
				found[path] = true
			}
			continue
		}
		file, ok := g.set.overlay.content(path)
		if !ok {
			continue
		}
		m := stamp.Stat(file)
		switch {
		case m.State != f.State:
			found[path] = true
		case m.State != stamp.File: // a directory's listing, or nothing: no content
		case f.ChangedSince(t, file, m):
			found[path] = true
		}
	}
	return sorted(found)
}

// SavedSince returns the files of packages that were last written after t and before the
// graph read them; sorted. These are what somebody has saved. ChangedSince is wider: it
// has all that a build may have missed, files that were written just before it or by a
// clock that is ahead among them. Left out are go.mod and the other deciding paths: the
// go command writes some of them itself.
func (g *Graph) SavedSince(t time.Time) []string {
	var found []string
	for path, in := range g.inputs {
		f := g.facts[path]
		if f.State != stamp.File || in.kind == Ignored && !in.isEmbedded || g.set.excluded(path) {
			continue
		}
		if written := time.Unix(0, f.Mtime); written.After(t) && !written.After(f.At) {
			found = append(found, path)
		}
	}
	slices.Sort(found)
	return found
}
