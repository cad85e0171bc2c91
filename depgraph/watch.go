package depgraph

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// WatchDirs returns the existing directories in which a change of the build shows,
// sorted, to be watched without what is below them. They are spelled as the
// graph spells them; of a link to a file, the directory of its target is one, too.
//
// It looks at the disk: after a Change with Rewatch set the answer is another.
// Left out are the root of the file system and directories that everybody may write
// to (/tmp): what could appear there is a go.work above the project, too rare
// to be woken by every temporary file, and Classify of nil finds it.
func (g *Graph) WatchDirs() []string {
	w := watchSet{}
	for path, in := range g.inputs {
		if in.kind != Ignored || g.directories[filepath.Dir(path)] == nil {
			w.add(filepath.Dir(path))
		}
	}
	for path := range g.decides {
		w.add(filepath.Dir(path))
	}
	for file := range g.index.aliases {
		w.add(filepath.Dir(file))
	}
	for dir := range g.directories {
		w.add(dir)
		if m, ok := moduleOf(g.modules, dir); ok {
			for up := range ancestors(dir) {
				w.add(up)
				if up == m.dir {
					break
				}
			}
		}
		w.add(filepath.Dir(dir))
	}
	for _, m := range g.modules {
		w.add(m.dir)
		w.add(filepath.Dir(m.dir)) // the module goes and returns
	}
	for _, e := range g.embeds {
		now := g.set.overlay.resolve(e.dir, e.patterns)
		for _, dir := range now.directories {
			w.add(dir)
		}
	}
	return sorted(w)
}

type watchSet map[string]bool

// add adds a directory, or if it is not there the nearest one above it that is.
func (w watchSet) add(dir string) {
	for dir := range ancestors(dir) {
		if w[dir] {
			return
		}
		fi, err := os.Stat(dir)
		if err != nil || !fi.IsDir() {
			continue
		}
		if filepath.Dir(dir) != dir && fi.Mode()&fs.ModeSticky == 0 {
			w[dir] = true
		}
		return
	}
}

// ChangedSince returns the files that may have been written at or after t, by
// the clock of their file system, or whose metadata differs from what was
// recorded; sorted. Classify tells which of them have another content.
func (g *Graph) ChangedSince(t time.Time) []string {
	found := map[string]bool{}
	for path, f := range g.facts {
		if g.set.excluded(path) {
			continue
		}
		if g.decides[path].link {
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

// SavedSince returns the files of packages that were last written between t and when the
// graph looked at them; sorted. ChangedSince is what a build may have missed, with files
// that were written just before it, or by a clock that is ahead; this is what somebody
// has saved. go.mod and what else decides is left out: the go command writes that itself.
func (g *Graph) SavedSince(t time.Time) []string {
	var found []string
	for path, in := range g.inputs {
		f := g.facts[path]
		if f.State != stamp.File || in.kind == Ignored && !in.embed || g.set.excluded(path) {
			continue
		}
		if written := time.Unix(0, f.Mtime); written.After(t) && !written.After(f.At) {
			found = append(found, path)
		}
	}
	slices.Sort(found)
	return found
}
