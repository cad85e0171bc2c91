package depgraph

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/plainfile"
)

// A DirectivePackage is a package in whose files `go generate` searches for directives.
type DirectivePackage struct {
	Dir   string
	Files []string // sorted
}

// DirectivePackages returns the watched packages that are not vendored, imports before
// importers, with the files that are in the build, or would be with the tag
// generate, which `go generate` sets. Test files are not among them.
func (g *Graph) DirectivePackages() []DirectivePackage {
	var found []DirectivePackage
	for _, id := range g.order {
		p := g.packages[id]
		if !p.Watched || p.Dir == "" || p.Module != nil && p.Module.Dir == "" {
			continue
		}
		here := DirectivePackage{Dir: p.Dir}
		for _, f := range p.Files {
			if f.Kind == Go || f.Kind == Ignored && g.withGenerate(f.Path) {
				here.Files = append(here.Files, f.Path)
			}
		}
		if here.Files != nil {
			found = append(found, here)
		}
	}
	return found
}

// withGenerate reports whether a file that is left out would be in with the tag
// generate.
func (g *Graph) withGenerate(path string) bool {
	name := filepath.Base(path)
	if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
		return false
	}
	if !slices.Contains(g.facts[path].tags, "generate") {
		return false
	}
	src, err := plainfile.Read(path)
	if err != nil {
		return false
	}
	c := *g.set.tags
	c.BuildTags = append(slices.Clone(c.BuildTags), "generate")
	return c.Match(name, src).Included
}
