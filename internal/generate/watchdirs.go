package generate

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// WatchDirs returns the existing directories where inputs of directives change, come and
// go, sorted, without what is below them.
func (g *Generator) WatchDirs() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var dirs []string
	for dir := range g.watchedDirs() {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs
}

func (g *Generator) watchedDirs() map[string]bool {
	dirs := map[string]bool{}
	for _, c := range g.files {
		addExisting(dirs, c.dir)
	}
	for _, d := range g.directives {
		for _, path := range namedPaths(d) {
			if g.observer.readFact(path).State != stamp.Other {
				addExisting(dirs, filepath.Dir(path))
			}
		}
		for _, text := range d.Globs {
			_, directories := newGlob(d.Dir, text).find(&g.observer.lister)
			for _, dir := range directories {
				addExisting(dirs, dir)
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

// addExisting adds a directory, or the nearest one above that is there. As in a package
// graph, the root of the file system and directories where everybody writes are left out.
func addExisting(dirs map[string]bool, dir string) {
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
