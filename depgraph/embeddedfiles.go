package depgraph

import "slices"

// findEmbedded resolves the patterns of each package. The files that the go command lists
// count. For a package with an error it lists none: there the files found here count.
func (b *builder) findEmbedded() {
	for _, p := range b.g.packages {
		if !p.Watched || p.Dir == "" {
			continue
		}
		owners := map[string][]string{} // pattern → files that have it
		for _, path := range b.sources[p.ID] {
			f := b.g.facts[path]
			if b.g.inputs[path].kind != Go || f.header == nil {
				continue
			}
			for _, pattern := range f.header.embeds {
				owners[pattern] = append(owners[pattern], path)
			}
		}
		patterns := p.EmbedPatterns
		if len(p.Errors) > 0 {
			for pattern := range owners {
				if !slices.Contains(patterns, pattern) {
					patterns = append(patterns, pattern)
				}
			}
			slices.Sort(patterns)
		}
		if len(patterns) == 0 {
			continue
		}
		e := &embedding{dir: p.Dir, pkg: p.ID, patterns: patterns, embedResult: b.set.overlay.resolve(p.Dir, patterns)}
		b.g.embeddings[p.Dir] = e
		for _, file := range e.files {
			b.addEmbedded(p, file)
		}
		for _, path := range e.files {
			in := b.g.inputs[path]
			if _, pattern := e.reach(path); pattern != "" {
				in.inclusions = append(in.inclusions, inclusionsBy(owners[pattern], "pattern "+pattern)...)
			}
		}
	}
}

// inclusionsBy returns an inclusion for each of the files, or one without a file if
// there are none.
func inclusionsBy(files []string, how string) []inclusion {
	slices.Sort(files)
	var list []inclusion
	for _, f := range files {
		list = append(list, inclusion{f, how})
	}
	if list == nil {
		list = append(list, inclusion{"", how})
	}
	return list
}
