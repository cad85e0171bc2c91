package depgraph

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/tagexpr"
)

// What tags bring into a program and take out of it: the program is listed with the
// tags and without, and the two graphs compared. Rejected: deciding by the
// constraints of the files of one graph. A file that comes in imports packages, and
// those have files with tags of their own.

// maxSlices bounds how many tags are tried; each asks the go command once.
const maxSlices = 100

// A Slice is what one build tag decides.
type Slice struct {
	Tag string `json:"tag"`
	Set bool   `json:"set"` // it is satisfied now

	// Fixed says that -tags does not decide it: a system, an architecture, a
	// compiler, a version of Go. The difference is then not known.
	Fixed bool `json:"fixed"`

	Files []string `json:"files"` // that mention it, absolute
	// Difference is what it brings in and takes out if it is set where it is not,
	// or not set where it is.
	Difference
	Error string `json:"error,omitempty"` // why the program could not be listed so
}

// Slices returns what each tag decides that files of watched packages mention, also
// those of packages that only a tag brings in; sorted by tag. g is the program as it
// is now, of cfg.
func Slices(ctx context.Context, cfg Config, g *Graph) ([]Slice, error) {
	found := map[string]*Slice{}
	todo := g.collectTags(found)
	tried := 0
	for len(todo) > 0 {
		tag := todo[0]
		todo = todo[1:]
		s := found[tag]
		s.Set, s.Fixed = g.satisfied(tag)
		if s.Fixed || tried == maxSlices {
			continue
		}
		tried++
		other, err := Load(ctx, cfg.WithTags(g.flipped(tag)), nil)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			s.Error = err.Error()
			continue
		}
		s.Difference = Diff(g, other)
		todo = append(todo, other.collectTags(found)...)
	}
	var list []Slice
	for _, tag := range slices.Sorted(maps.Keys(found)) {
		list = append(list, *found[tag])
	}
	return list, nil
}

// collectTags notes the tags that files mention, and returns those not found before.
func (g *Graph) collectTags(found map[string]*Slice) []string {
	var more []string
	for path, in := range g.inputs {
		if in.kind == Embedded || in.kind == PGOProfile {
			continue
		}
		for _, tag := range g.facts[path].tags {
			s := found[tag]
			if s == nil {
				s = &Slice{Tag: tag, Difference: noDifference()}
				found[tag] = s
				more = append(more, tag)
			}
			if i, has := slices.BinarySearch(s.Files, path); !has {
				s.Files = slices.Insert(s.Files, i, path)
			}
		}
	}
	slices.Sort(more)
	return more
}

// satisfied reports whether a tag holds now, and whether something else than -tags
// decides that.
func (g *Graph) satisfied(tag string) (set, fixed bool) {
	src := []byte("//go:build " + tag + "\n\npackage p\n")
	set = g.set.tags.Match("p.go", src).Included
	if slices.Contains(g.set.tags.BuildTags, tag) {
		return set, false
	}
	none := *g.set.tags
	none.BuildTags = nil
	// A tag that holds without -tags is the system's; and so is one that would hold
	// on another system, whose name files have.
	return set, none.Match("p.go", src).Included || tagexpr.KnownSystem(tag) || system[tag] || strings.Contains(tag, ".")
}

// system are tags of other toolchains and settings than this one's, which -tags
// could set but nobody means to.
var system = map[string]bool{
	"unix": true, "cgo": true, "gc": true, "gccgo": true, "race": true, "msan": true, "asan": true, "ignore": true,
}

// flipped returns the tags of -tags with one more, or one less.
func (g *Graph) flipped(tag string) []string {
	tags := slices.Clone(g.set.tags.BuildTags)
	if i := slices.Index(tags, tag); i >= 0 {
		return slices.DeleteFunc(tags, func(t string) bool { return t == tag })
	}
	return append(tags, tag)
}

// Tags returns the tags of -tags.
func (g *Graph) Tags() []string { return slices.Clone(g.set.tags.BuildTags) }

// Rel returns a path relative to the directory that the go command ran in, if it is
// below.
func (g *Graph) Rel(path string) string {
	if rel, err := filepath.Rel(g.set.cfg.Dir, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}
