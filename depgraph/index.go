package depgraph

import (
	"io/fs"
	"os"
	"path/filepath"
	"sort"
)

// An index finds what a reported path means to the graph: a watcher names the
// directory that it watches, which may be reached in other ways, too.
type index struct {
	shown   map[string][]string // path → files that have its content, if that is not itself: targets of links, a file of an overlay
	aliases map[string][]string // the other way round
	real    map[string]string   // directory with its links resolved → as the graph spells it, where they differ
	sorted  []string            // all paths that the graph knows
}

// maxLinks bounds a chain of links, as the kernel does (ELOOP, 40 on Linux).
const maxLinks = 40

func (b *builder) index() {
	g := b.g
	ix := index{shown: map[string][]string{}, real: map[string]string{}}
	all := map[string]bool{}
	add := func(path string) {
		if !all[path] {
			all[path] = true
			if files := g.set.overlay.shown(path); len(files) > 0 {
				ix.shown[path] = files
			}
		}
	}
	for path := range g.inputs {
		add(path)
	}
	for path, d := range g.decides {
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
			ix.real[real] = dir
		}
	}
	for dir := range g.directories {
		all[dir] = true
		directories(dir)
	}
	for _, m := range g.modules {
		directories(m.dir)
	}
	for path := range g.decides {
		directories(filepath.Dir(path))
	}
	ix.sorted = sorted(all)
	ix.turn()
	g.index = ix
}

// shown returns the files that the content of path comes from, if that is not
// itself: what the overlay says, and each link's target.
func (o *overlay) shown(path string) (files []string) {
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

// turn makes aliases of shown.
func (ix *index) turn() {
	ix.aliases = map[string][]string{}
	for path, files := range ix.shown {
		for _, file := range files {
			ix.aliases[file] = append(ix.aliases[file], path)
		}
	}
}

// locate returns the paths of the graph that a path shows: itself, what links
// to it, what it replaces in an overlay.
func (g *Graph) locate(path string) []string {
	found := []string{path}
	found = append(found, g.index.aliases[path]...)
	if len(g.index.real) > 0 {
		for dir := range ancestors(path) {
			if spelled, ok := g.index.real[dir]; ok && !under(spelled, path) {
				logical := filepath.Join(spelled, path[len(dir):])
				found = append(found, logical)
				found = append(found, g.index.aliases[logical]...)
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
	list := g.index.sorted
	from := sort.SearchStrings(list, prefix)
	to := from
	for to < len(list) && len(list[to]) >= len(prefix) && list[to][:len(prefix)] == prefix {
		to++
	}
	return list[from:to]
}
