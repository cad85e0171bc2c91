package depgraph

import (
	"maps"
	"slices"
)

// carry keeps imports, and all that is reached by them, that the go command did
// not see because the header of a file is broken at this moment.
func (b *builder) carry() {
	var broken []string
	for path, in := range b.g.inputs {
		if f := b.g.facts[path]; f.syntax != nil && f.header != nil && in.kind != Ignored {
			broken = append(broken, path)
		}
	}
	if len(broken) == 0 {
		return
	}
	slices.Sort(broken)
	for _, path := range broken {
		p := b.g.packages[b.g.inputs[path].users[0]]
		old := b.prev.packages[p.ID]
		if old == nil {
			continue
		}
		for _, imp := range b.g.facts[path].header.imports {
			id := PackageID(imp)
			if _, had := slices.BinarySearch(old.Imports, id); !had {
				continue
			}
			if i, has := slices.BinarySearch(p.Imports, id); !has {
				p.Imports = slices.Insert(p.Imports, i, id)
			}
			b.transplant(id)
		}
	}
	b.observe()
}

// transplant takes a package over from the previous graph, with its imports.
func (b *builder) transplant(id PackageID) {
	p := b.prev.packages[id]
	if p == nil || b.g.packages[id] != nil {
		return
	}
	next := *p
	next.Files, next.Tags = nil, nil // filled in by finish
	b.g.packages[id] = &next
	if p.Watched {
		for path, in := range b.prev.inputs {
			if slices.Contains(in.users, id) && in.kind != Included && in.kind != Profile {
				b.g.inputs[path] = &input{kind: in.kind, users: slices.Clone(in.users), embed: in.embed} // prev is not touched
			}
		}
		for dir, f := range b.prev.directories {
			if slices.Contains(f.pkgs, id) {
				next := *f
				b.g.directories[dir] = &next
				b.scan(dir, &next)
			}
		}
	}
	for _, imp := range p.Imports {
		b.transplant(imp)
	}
}

// completeImports adds the imports that go/packages cut, at random, to break a
// cycle: the graph has them as the files do.
func (b *builder) completeImports() {
	if !slices.ContainsFunc(slices.Collect(maps.Values(b.g.packages)), func(p *Package) bool { return len(p.Errors) > 0 }) {
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
