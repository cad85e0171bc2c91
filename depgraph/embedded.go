package depgraph

import "slices"

// findEmbedded resolves the patterns of each package. The go command's own list
// counts; where it found an error it has none, and this one stands in.
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
		e := &embedding{dir: p.Dir, pkg: p.ID, patterns: patterns, embedded: b.set.overlay.resolve(p.Dir, patterns)}
		b.g.embeds[p.Dir] = e
		for _, file := range e.files {
			b.embedFile(p, file)
		}
		for _, path := range e.files {
			in := b.g.inputs[path]
			if _, pattern := e.reach(path); pattern != "" {
				in.by = append(in.by, by(owners[pattern], "pattern "+pattern)...)
			}
		}
	}
}

// by names each of the files, or none, as what includes in this way.
func by(files []string, how string) []inclusion {
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
