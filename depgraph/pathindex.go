package depgraph

import (
	"io/fs"
	"os"
	"path/filepath"
	"sort"
)

// A pathIndex finds the paths of the graph that a reported path stands for. They differ
// where a watcher reports a directory by another spelling than the graph's, where a link
// of the graph points to the reported file, and where an overlay names it.
type pathIndex struct {
	contentFiles   map[string][]string // path → other files that hold its content: links' targets, an overlay's file
	pathsOfContent map[string][]string // the inverse of contentFiles
	spelledAs      map[string]string   // directory with its links resolved → as the graph spells it, where they differ
	paths          []string            // all paths that the graph knows, sorted
}

// maxLinks bounds a chain of links, as the kernel does (ELOOP, 40 on Linux).
const maxLinks = 40

func (b *builder) buildPathIndex() {
	g := b.g
	ix := pathIndex{contentFiles: map[string][]string{}, spelledAs: map[string]string{}}
	all := map[string]bool{}
	add := func(path string) {
		if !all[path] {
			all[path] = true
			if files := g.set.overlay.contentFiles(path); len(files) > 0 {
				ix.contentFiles[path] = files
			}
		}
	}
	for path := range g.inputs {
		add(path)
	}
	for path, d := range g.deciding {
		if !d.link {
			add(path)
		}
		all[path] = true
	}
	seen := map[string]bool{}
	directories := func(dir string) {
		if seen[dir] {
			return
		}
		seen[dir] = true
		if real, err := filepath.EvalSymlinks(dir); err == nil && real != dir {
			ix.spelledAs[real] = dir
		}
	}
	for dir := range g.directories {
		all[dir] = true
		directories(dir)
	}
	for _, m := range g.modules {
		directories(m.dir)
	}
	for path := range g.deciding {
		directories(filepath.Dir(path))
	}
	ix.paths = sorted(all)
	ix.invert()
	g.pathIndex = ix
}

// contentFiles returns the other files that the content of path comes from: the file of
// the overlay, and the target of each link.
func (o *overlay) contentFiles(path string) (files []string) {
	file, ok := o.content(path)
	if !ok {
		return nil
	}
	if file != path {
		files = append(files, file)
	}
	for range maxLinks {
		fi, err := os.Lstat(file)
		if err != nil || fi.Mode()&fs.ModeSymlink == 0 {
			break
		}
		target, err := os.Readlink(file)
		if err != nil {
			break
		}
		file = join(filepath.Dir(file), target)
		files = append(files, file)
	}
	return files
}

// invert makes pathsOfContent of contentFiles.
func (ix *pathIndex) invert() {
	ix.pathsOfContent = map[string][]string{}
	for path, files := range ix.contentFiles {
		for _, file := range files {
			ix.pathsOfContent[file] = append(ix.pathsOfContent[file], path)
		}
	}
}

// graphPaths returns the paths of the graph that a reported path stands for: itself, links
// to it, and what it replaces in an overlay.
func (g *Graph) graphPaths(path string) []string {
	found := []string{path}
	found = append(found, g.pathIndex.pathsOfContent[path]...)
	if len(g.pathIndex.spelledAs) > 0 {
		for dir := range ancestors(path) {
			if spelled, ok := g.pathIndex.spelledAs[dir]; ok && !under(spelled, path) {
				logical := filepath.Join(spelled, path[len(dir):])
				found = append(found, logical)
				found = append(found, g.pathIndex.pathsOfContent[logical]...)
				break
			}
		}
	}
	return found
}

// below returns the known paths below a directory.
func (g *Graph) below(dir string) []string {
	prefix := dir
	if !os.IsPathSeparator(prefix[len(prefix)-1]) {
		prefix += string(filepath.Separator)
	}
	list := g.pathIndex.paths
	from := sort.SearchStrings(list, prefix)
	to := from
	for to < len(list) && len(list[to]) >= len(prefix) && list[to][:len(prefix)] == prefix {
		to++
	}
	return list[from:to]
}
