package depgraph

import (
	"slices"
	"strings"
)

// A Difference is what distinguishes two graphs of one program, as far as it is
// watched files, packages, and import declarations of watched packages.
type Difference struct {
	FilesIn     []string    `json:"filesIn"` // absolute
	FilesOut    []string    `json:"filesOut"`
	PackagesIn  []PackageID `json:"packagesIn"` // but those of the standard library
	PackagesOut []PackageID `json:"packagesOut"`
	StandardIn  []PackageID `json:"standardIn"` // of the standard library
	StandardOut []PackageID `json:"standardOut"`
	ImportsIn   []Import    `json:"importsIn"`
	ImportsOut  []Import    `json:"importsOut"`
}

// Empty reports whether there is no difference.
func (d Difference) Empty() bool {
	return len(d.FilesIn)+len(d.FilesOut)+len(d.ImportsIn)+len(d.ImportsOut) == 0 &&
		len(d.PackagesIn)+len(d.PackagesOut)+len(d.StandardIn)+len(d.StandardOut) == 0
}

// noDifference is an empty difference whose lists are [] and not null in JSON.
func noDifference() Difference { return Difference{}.complete() }

func (d Difference) complete() Difference {
	for _, list := range []*[]string{&d.FilesIn, &d.FilesOut} {
		*list = append([]string{}, *list...)
	}
	for _, list := range []*[]PackageID{&d.PackagesIn, &d.PackagesOut, &d.StandardIn, &d.StandardOut} {
		*list = append([]PackageID{}, *list...)
	}
	for _, list := range []*[]Import{&d.ImportsIn, &d.ImportsOut} {
		*list = append([]Import{}, *list...)
	}
	return d
}

// An Import is that one package imports another.
type Import struct {
	From PackageID `json:"from"`
	To   PackageID `json:"to"`
}

// Diff returns what b has and a has not, and the reverse.
func Diff(a, b *Graph) Difference {
	var d Difference
	d.FilesIn, d.FilesOut = delta(a.Inputs(), b.Inputs())
	d.PackagesIn, d.PackagesOut = delta(a.sortedPackages(false), b.sortedPackages(false))
	d.StandardIn, d.StandardOut = delta(a.sortedPackages(true), b.sortedPackages(true))
	from, to := a.imports(), b.imports()
	for i := range to {
		if !from[i] {
			d.ImportsIn = append(d.ImportsIn, i)
		}
	}
	for i := range from {
		if !to[i] {
			d.ImportsOut = append(d.ImportsOut, i)
		}
	}
	d = d.complete()
	for _, list := range [][]Import{d.ImportsIn, d.ImportsOut} {
		slices.SortFunc(list, func(a, b Import) int {
			return slices.Compare([]PackageID{a.From, a.To}, []PackageID{b.From, b.To})
		})
	}
	return d
}

// sortedPackages returns the packages of the standard library, or the others.
func (g *Graph) sortedPackages(standard bool) []PackageID {
	var list []PackageID
	for _, id := range g.order {
		if g.packages[id].standard() == standard {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// standard reports whether a package is one of the standard library: neither the
// user's nor of a path that begins with a domain, as those of the module cache do.
func (p *Package) standard() bool {
	first, _, _ := strings.Cut(string(p.ID), "/")
	return !p.Watched && !strings.Contains(first, ".")
}

func (g *Graph) imports() map[Import]bool {
	set := map[Import]bool{}
	for _, id := range g.order {
		if p := g.packages[id]; p.Watched {
			for _, to := range p.Imports {
				set[Import{id, to}] = true
			}
		}
	}
	return set
}
