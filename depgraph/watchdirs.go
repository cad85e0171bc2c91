package depgraph

import (
	"io/fs"
	"os"
	"path/filepath"
)

// What is watched: the directories of the packages that are the user's own, with their
// parents up to the module's; those of embedded files and of every directory that an embed
// pattern looks into; those of go.mod, go.work and the other deciding paths; and the
// targets of links to such files. What is not: packages in GOROOT and in the module cache,
// which never change under a version; the root of the file system and directories that
// everybody may write to.

// WatchDirs returns the existing directories in which a change of the build shows, sorted.
// Each is to be watched without what is below it. They are spelled as the graph spells
// them. The answer is read from the disk, and another one after a Change with WatchDirsChanged set.
//
// A go.work could appear above the project in /tmp or in the root. That is too rare to be
// woken by every temporary file: these directories are left out, and Classify of nil
// finds it.
func (g *Graph) WatchDirs() []string {
	w := watchSet{}
	for path, in := range g.inputs {
		if in.kind != Ignored || g.directories[filepath.Dir(path)] == nil {
			w.add(filepath.Dir(path))
		}
	}
	for path := range g.deciding {
		w.add(filepath.Dir(path))
	}
	for file := range g.pathIndex.pathsOfContent {
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
	for _, e := range g.embeddings {
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
