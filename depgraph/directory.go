package depgraph

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A directory is one whose listing decides which files a package has.
type directory struct {
	pkgs  []PackageID // the packages there, also those that an import asks for in vain
	named bool        // the program is given by files of it: no other file counts
	bad   bool        // it could not be listed

	// The error of a package without files depends on what else is there.
	empty   bool // no Go file of it is in the build: one that comes or goes counts, even if it is left out
	missing bool // to the go command there is no package: one of any name counts
}

// counts reports whether a new file of this name can change what is in the directory.
func (f *directory) counts(name string) bool {
	return isSource(name) || f.missing && filepath.Ext(name) == ".go"
}

// heeds reports whether a file of the directory that is there makes a difference.
func (f *directory) heeds(kind FileKind, now fact) bool {
	return now.err != nil || now.verdict.Err != nil || now.verdict.Included || now.doubt || f.empty && kind == Go
}

// findDirs lists the directories of watched packages and adds what the go
// command does not name: test files, whose header can break the package, and
// files of a package that it stopped reading at an error.
func (b *builder) findDirs() {
	for _, p := range b.g.packages {
		if !p.Watched {
			continue
		}
		if p.Dir == "" {
			for _, dir := range b.decider.wanted(p.ImportPath) {
				b.directory(dir).add(p.ID)
			}
			continue
		}
		b.directory(p.Dir).add(p.ID)
	}
	main := b.g.packages[b.g.main]
	switch {
	case b.set.named():
		for _, file := range b.set.cfg.Patterns {
			file = b.set.abs(file)
			f := b.directory(filepath.Dir(file))
			f.add(main.ID)
			f.named = true
			b.source(main, file, Go)
		}
	case main.Dir == "" && len(b.set.cfg.Patterns) == 1:
		if pattern := b.set.cfg.Patterns[0]; local(pattern) {
			b.directory(b.set.abs(filepath.FromSlash(pattern))).add(main.ID)
		}
	}
	hasGo := map[PackageID]bool{}
	for _, in := range b.g.inputs {
		for _, id := range in.users {
			hasGo[id] = hasGo[id] || in.kind == Go
		}
	}
	for dir, f := range b.g.directories {
		if f.named {
			continue
		}
		f.empty = !slices.ContainsFunc(f.pkgs, func(id PackageID) bool { return hasGo[id] })
		f.missing = f.empty && !slices.ContainsFunc(f.pkgs, func(id PackageID) bool { return b.g.packages[id].Dir != "" })
		b.scan(dir, f)
	}
}

// scan makes the files of a directory inputs that the go command did not name.
func (b *builder) scan(dir string, f *directory) {
	entries, err := os.ReadDir(dir)
	f.bad = err != nil && !os.IsNotExist(err)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if f.counts(e.Name()) && !e.IsDir() && b.g.inputs[path] == nil && !b.set.overlay.replaced(path) {
			b.g.inputs[path] = &input{kind: Ignored, users: slices.Clone(f.pkgs), unlisted: true}
		}
	}
}

// local reports whether a package is given as a directory.
func local(pattern string) bool {
	pattern = filepath.ToSlash(pattern)
	return pattern == "." || pattern == ".." || strings.HasPrefix(pattern, "./") || strings.HasPrefix(pattern, "../") || filepath.IsAbs(pattern)
}

func (f *directory) add(id PackageID) {
	if i, ok := slices.BinarySearch(f.pkgs, id); !ok {
		f.pkgs = slices.Insert(f.pkgs, i, id)
	}
}

func (b *builder) directory(dir string) *directory {
	f := b.g.directories[dir]
	if f == nil {
		f = &directory{}
		b.g.directories[dir] = f
	}
	return f
}

// settleSources decides about the files that were not listed by the go command,
// now that their headers are known.
func (b *builder) settleSources() {
	for path, in := range b.g.inputs {
		if !in.unlisted {
			continue
		}
		v, p := b.g.facts[path].verdict, b.g.packages[in.users[0]]
		switch {
		case !v.Included: // a test file, mostly
		case p.Dir == "": // there is no package, in the go command's eyes
		case len(p.Errors) > 0:
			in.kind = kindOf(filepath.Base(path))
		case !b.again:
			// Created since it was listed, it seems: Classify will find it new.
			delete(b.g.inputs, path)
			delete(b.g.facts, path)
		}
	}
	b.sources = map[PackageID][]string{}
	for path, in := range b.g.inputs {
		for _, id := range in.users {
			b.sources[id] = append(b.sources[id], path)
		}
	}
	for _, paths := range b.sources {
		slices.Sort(paths)
	}
}
