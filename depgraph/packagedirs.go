package depgraph

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// A directory is one whose listing decides which files a package has.
type directory struct {
	pkgs       []PackageID // the packages there, also those that an import asks for in vain
	byFiles    bool        // the program is given by files of this directory: no other file counts
	unreadable bool        // it could not be listed

	// What it was when all its files were known: where this proves that it is the same, no name
	// has come. Zero where there is no proof.
	listing stamp.Stamp

	// The error of a package without files depends on what else is there.
	noGoFile  bool // no Go file of it is in the build: one that comes or goes counts, even if it is left out
	noPackage bool // the go command finds no package here: a Go file of any name counts

	// Without modules: a place where the package of an import would be found before the
	// one that is used. There is none yet: a Go file of any name counts (gopath.go).
	earlier bool
}

// newNameMatters reports whether a new file of this name can change the package.
func (f *directory) newNameMatters(name string) bool {
	if f.earlier {
		return filepath.Ext(name) == ".go"
	}
	return isSource(name) || f.noPackage && filepath.Ext(name) == ".go"
}

// fileMatters reports whether a file that is in the directory can change the package.
func (f *directory) fileMatters(kind FileKind, now fact) bool {
	return now.err != nil || now.verdict.Err != nil || now.verdict.Included || now.uncertain || f.noGoFile && kind == Go
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
			for _, dir := range b.search.possibleDirs(p.ImportPath) {
				b.ensureDirectory(dir).addPackage(p.ID)
			}
			continue
		}
		b.ensureDirectory(p.Dir).addPackage(p.ID)
	}
	main := b.g.packages[b.g.main]
	switch {
	case b.set.byFiles():
		for _, file := range b.set.cfg.Patterns {
			file = b.set.abs(file)
			f := b.ensureDirectory(filepath.Dir(file))
			f.addPackage(main.ID)
			f.byFiles = true
			b.addSource(main, file, Go)
		}
	case main.Dir == "" && len(b.set.cfg.Patterns) == 1:
		if pattern := b.set.cfg.Patterns[0]; local(pattern) {
			b.ensureDirectory(b.set.abs(filepath.FromSlash(pattern))).addPackage(main.ID)
		}
	}
	hasGo := map[PackageID]bool{}
	for _, in := range b.g.inputs {
		for _, id := range in.users {
			hasGo[id] = hasGo[id] || in.kind == Go
		}
	}
	for dir, f := range b.g.directories {
		if f.byFiles {
			continue
		}
		f.noGoFile = !slices.ContainsFunc(f.pkgs, func(id PackageID) bool { return hasGo[id] })
		hasDir := func(id PackageID) bool { return b.g.packages[id].Dir != "" }
		f.noPackage = f.noGoFile && !slices.ContainsFunc(f.pkgs, hasDir)
		b.addUnlisted(dir, f)
	}
}

// addUnlisted makes those files of a directory inputs that the go command did not name.
func (b *builder) addUnlisted(dir string, f *directory) {
	f.listing = stamp.ReadMeta(dir)
	entries, err := os.ReadDir(dir)
	f.unreadable = err != nil && !os.IsNotExist(err)
	if err != nil {
		f.listing = stamp.Stamp{}
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if f.newNameMatters(e.Name()) && !e.IsDir() && b.g.inputs[path] == nil && !b.set.overlay.replaced(path) {
			b.g.inputs[path] = &input{kind: Ignored, users: slices.Clone(f.pkgs), unlisted: true}
		}
	}
}

// local reports whether a package is given as a directory.
func local(pattern string) bool {
	pattern = filepath.ToSlash(pattern)
	return pattern == "." || pattern == ".." || filepath.IsAbs(pattern) ||
		strings.HasPrefix(pattern, "./") || strings.HasPrefix(pattern, "../")
}

func (f *directory) addPackage(id PackageID) {
	if i, ok := slices.BinarySearch(f.pkgs, id); !ok {
		f.pkgs = slices.Insert(f.pkgs, i, id)
	}
}

func (b *builder) ensureDirectory(dir string) *directory {
	f := b.g.directories[dir]
	if f == nil {
		f = &directory{}
		b.g.directories[dir] = f
	}
	return f
}

// resolveUnlisted decides about the files that were not listed by the go command, now
// that their headers are known.
func (b *builder) resolveUnlisted() {
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
		case !b.secondListing:
			// Created since it was listed, it seems: Classify will find it new.
			delete(b.g.inputs, path)
			delete(b.g.facts, path)
			b.g.directories[filepath.Dir(path)].listing = stamp.Stamp{}
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
