package depgraph

import (
	"maps"
	"slices"
)

// restoreCycleImports adds imports that are in the files but not in the listing:
// go/packages breaks a cycle of imports by leaving out one of them, at random.
func (b *builder) restoreCycleImports() {
	hasErrors := func(p *Package) bool { return len(p.Errors) > 0 }
	if !slices.ContainsFunc(slices.Collect(maps.Values(b.g.packages)), hasErrors) {
		return
	}
	for path, in := range b.g.inputs {
		h := b.g.facts[path].header
		if in.kind != Go || h == nil {
			continue
		}
		p := b.g.packages[in.users[0]]
		for _, imp := range h.imports {
			id := PackageID(imp)
			if i, has := slices.BinarySearch(p.Imports, id); !has && b.g.packages[id] != nil {
				p.Imports = slices.Insert(slices.Clone(p.Imports), i, id)
			}
		}
	}
}
