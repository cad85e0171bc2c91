package depgraph

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Uncached are files that a program is built from and the go command does not know as
// inputs: it would find packages in GOCACHE that were compiled with an older content.
type Uncached struct {
	Packages []UncachedPackage
	Replace  map[string]string // what -overlay replaces
}

// An UncachedPackage is a package with such files.
type UncachedPackage struct {
	Source  string   // a Go file of the package
	Content string   // the file that holds its content: Source, or that of an overlay
	Files   []string // headers in other directories, and libraries; sorted
	Linked  bool     // there is a library among them, which the linker reads
}

// Uncached returns what the go command does not know, ordered by package.
func (g *Graph) Uncached() Uncached {
	files := map[PackageID][]string{}
	linked := map[PackageID]bool{}
	for path, in := range g.inputs {
		for _, id := range in.users {
			p := g.packages[id]
			if p == nil || in.kind == PGOProfile || filepath.Dir(path) == p.Dir || in.isEmbedded && g.embeds(p, path) {
				continue
			}
			files[id] = append(files[id], path)
			linked[id] = linked[id] || slices.ContainsFunc(in.inclusions, func(i inclusion) bool { return i.how == linkedHow })
		}
	}
	var u Uncached
	for _, id := range slices.Sorted(maps.Keys(files)) {
		source := g.plainSource(g.packages[id])
		if source == "" {
			continue
		}
		content, _ := g.set.overlay.content(source)
		slices.Sort(files[id])
		u.Packages = append(u.Packages, UncachedPackage{source, content, files[id], linked[id]})
	}
	if g.set != nil && g.set.overlay != nil {
		u.Replace = g.set.overlay.replace
	}
	return u
}

// embeds reports whether a package embeds a file.
func (g *Graph) embeds(p *Package, path string) bool {
	e := g.embeddings[p.Dir]
	return e != nil && e.pkg == p.ID && slices.Contains(e.files, path)
}

// plainSource is a Go file of a package, one without import "C" if there is one.
func (g *Graph) plainSource(p *Package) string {
	files := p.FilesOf(Go)
	for _, file := range files {
		if h := g.facts[file].header; h != nil && !slices.Contains(h.imports, "C") {
			return file
		}
	}
	return strings.Join(files[:min(1, len(files))], "")
}
