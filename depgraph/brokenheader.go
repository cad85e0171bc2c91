package depgraph

import (
	"slices"
)

// keepBrokenImports is for files whose header has a syntax error at this moment. The go
// command does not see their imports, so those of the last good header are kept, with
// the packages that they lead to: the error will be mended, and the files of those
// packages must be watched until then.
func (b *builder) keepBrokenImports() {
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
			b.copyFromPrevious(id)
		}
	}
	b.readInputs()
}

// copyFromPrevious copies a package of the previous graph, with all that it imports.
func (b *builder) copyFromPrevious(id PackageID) {
	p := b.prev.packages[id]
	if p == nil || b.g.packages[id] != nil {
		return
	}
	next := *p
	next.Files, next.Tags = nil, nil // fillPackages fills them in
	b.g.packages[id] = &next
	if p.Watched {
		for path, in := range b.prev.inputs {
			if slices.Contains(in.users, id) && in.kind != Included && in.kind != PGOProfile {
				users := slices.Clone(in.users) // the previous graph is not changed
				b.g.inputs[path] = &input{kind: in.kind, users: users, isEmbedded: in.isEmbedded}
			}
		}
		for dir, f := range b.prev.directories {
			if slices.Contains(f.pkgs, id) {
				next := *f
				b.g.directories[dir] = &next
				b.addUnlisted(dir, &next)
			}
		}
	}
	for _, imp := range p.Imports {
		b.copyFromPrevious(imp)
	}
}
