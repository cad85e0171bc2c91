package depgraph

import (
	"errors"
	"maps"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// ListingInputs is everything on the disk that decided how the go command listed the program.
// While none of it differs, the go command would list the same again: a caller can find
// that out without running it.
type ListingInputs struct {
	Files map[string]stamp.Stamp // with the content they were seen with; absent ones decide by their absence
	Links map[string]string      // link → where it points

	Sources []string // directories in which a new file with the name of a source would count, absent ones too
	Embeds  []string // directories in which any new name would count
	Plain   []string // paths that decide by not being links
	Probes  []string // paths that decide by being there or not, whatever they are

	// GoEnv is what the go command said of its settings. The caller must not change it.
	GoEnv map[string]string

	// UnwatchedFiles are the files of packages that are not watched, if the Config
	// asked for them: the toolchain's and the module cache's. Their directories are
	// not among Sources.
	UnwatchedFiles []string
}

// ListingInputs returns what decided the graph. The error says why it cannot be
// told; of a program that cannot be built it never can.
func (g *Graph) ListingInputs() (ListingInputs, error) {
	d := ListingInputs{Files: map[string]stamp.Stamp{}, Links: map[string]string{}, UnwatchedFiles: g.unwatchedFiles}
	switch {
	case g.stale || g.Main() == nil:
		return d, errors.New("the program could not be listed")
	case g.set.overlay != nil:
		return d, errors.New("files are overlaid")
	case len(g.Errors()) > 0:
		return d, g.Errors()[0]
	}
	d.GoEnv = g.set.goenv
	for path, f := range g.facts {
		switch {
		case f.err != nil:
			return d, f.err
		case g.deciding[path].link:
			d.Links[path] = f.target
			if g.inputs[path] == nil {
				continue
			}
		}
		d.Files[path] = f.Stamp
	}
	sources, embeds := map[string]bool{}, map[string]bool{}
	for dir, f := range g.directories {
		if f.unreadable {
			return d, errors.New("a directory cannot be listed: " + dir)
		}
		if !f.byFiles {
			sources[dir] = true
		}
	}
	for _, e := range g.embeddings {
		if len(e.errors) > 0 {
			return d, errors.New(e.errors[0].text)
		}
		for _, dir := range e.anyName {
			embeds[dir] = true
		}
		d.Plain = append(d.Plain, e.notLinks...)
		d.Probes = append(d.Probes, e.goMods...)
	}
	for dir := range g.ambiguousDirs() {
		if !embeds[dir] {
			sources[dir] = true
		}
	}
	d.Sources = slices.Sorted(maps.Keys(sources))
	d.Embeds = slices.Sorted(maps.Keys(embeds))
	return d, nil
}

// ambiguousDirs are the directories where a second package with the import path of one of
// the graph could appear, in another module on this disk. Once there is one, the go
// command calls the import ambiguous and fails.
func (g *Graph) ambiguousDirs() map[string]bool {
	dirs := map[string]bool{}
	d := &moduleSearch{set: g.set, modules: g.modules}
	for _, p := range g.packages {
		for _, dir := range d.possibleDirs(p.ImportPath) {
			if dir != p.Dir {
				dirs[dir] = true
			}
		}
	}
	return dirs
}

// IsSource reports whether the go command reads a file of this name in the
// directory of a package.
func IsSource(name string) bool { return name != "" && isSource(name) }

// addUnwatchedFiles notes the files of a package that is not watched, where the caller
// asked for them.
func (b *builder) addUnwatchedFiles(from *packages.Package) {
	if !b.set.cfg.UnwatchedFiles {
		return
	}
	for _, files := range [][]string{from.GoFiles, from.OtherFiles, from.EmbedFiles} {
		b.g.unwatchedFiles = append(b.g.unwatchedFiles, files...)
	}
}
