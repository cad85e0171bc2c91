package depgraph

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/tools/go/packages"
)

// A builder makes one graph of what the go command listed.
type builder struct {
	set          *settings
	prev         *Graph
	g            *Graph
	again        bool // listed a second time: a file that go leaves out stays out
	moduleByPath map[string]*Module
	decider      *decider
}

// A folder is one whose listing decides which files a package has.
type folder struct {
	pkgs  []PackageID // the packages there, also those that an import asks for in vain
	named bool        // the program is given by files of it: no other file counts
	bad   bool        // it could not be listed

	// The error of a package without files depends on what else is there.
	empty   bool // no Go file of it is in the build: one that comes or goes counts, even if it is left out
	missing bool // to the go command there is no package: one of any name counts
}

// counts reports whether a new file of this name can change what is in the folder.
func (f *folder) counts(name string) bool {
	return isSource(name) || f.missing && filepath.Ext(name) == ".go"
}

func assemble(set *settings, roots []*packages.Package, prev *Graph, again bool) *Graph {
	b := &builder{set: set, prev: prev, again: again, moduleByPath: map[string]*Module{}}
	b.g = &Graph{
		set:      set,
		main:     PackageID(roots[0].ID),
		packages: map[PackageID]*Package{},
		inputs:   map[string]*input{},
		folders:  map[string]*folder{},
		embeds:   map[string]*embedding{},
		facts:    map[string]fact{},
	}
	packages.Visit(roots, nil, func(p *packages.Package) {
		b.g.packages[PackageID(p.ID)] = b.convert(p)
	})
	b.decider = set.decide()
	b.g.modules = b.decider.modules
	b.findFolders()
	b.observe()
	b.carry()
	b.settleSources()
	b.findEmbedded()
	b.findIncluded()
	b.findProfile()
	b.findDeciding()
	b.observe()
	b.observeDeciding()
	b.finish()
	b.g.link()
	b.index()
	return b.g
}

// source makes a file of a package's folder an input.
func (b *builder) source(p *Package, path string, kind FileKind) *input {
	in := b.g.inputs[path]
	if in == nil {
		in = &input{kind: kind}
		b.g.inputs[path] = in
	}
	if in.kind == Embedded {
		in.kind = kind // embedded by another package
	}
	in.addUser(p.ID)
	return in
}

func (in *input) addUser(id PackageID) {
	if i, ok := slices.BinarySearch(in.users, id); !ok {
		in.users = slices.Insert(in.users, i, id)
	}
}

func (b *builder) embedFile(p *Package, path string) *input {
	in := b.g.inputs[path]
	if in == nil {
		in = &input{kind: Embedded}
		b.g.inputs[path] = in
	}
	in.embed = true
	in.addUser(p.ID)
	return in
}

// findFolders lists the folders of watched packages and adds what the go
// command does not name: test files, whose header can break the package, and
// files of a package that it stopped reading at an error.
func (b *builder) findFolders() {
	for _, p := range b.g.packages {
		if !p.Watched {
			continue
		}
		if p.Dir == "" {
			for _, dir := range b.decider.wanted(p.ImportPath) {
				b.folder(dir).add(p.ID)
			}
			continue
		}
		b.folder(p.Dir).add(p.ID)
	}
	main := b.g.packages[b.g.main]
	switch {
	case b.set.named():
		for _, file := range b.set.cfg.Patterns {
			file = b.set.abs(file)
			f := b.folder(filepath.Dir(file))
			f.add(main.ID)
			f.named = true
			b.source(main, file, Go)
		}
	case main.Dir == "" && len(b.set.cfg.Patterns) == 1:
		if pattern := b.set.cfg.Patterns[0]; local(pattern) {
			b.folder(b.set.abs(filepath.FromSlash(pattern))).add(main.ID)
		}
	}
	for dir, f := range b.g.folders {
		if f.named {
			continue
		}
		entries, err := os.ReadDir(dir)
		f.bad = err != nil && !os.IsNotExist(err)
		f.empty = !slices.ContainsFunc(f.pkgs, b.hasGo)
		f.missing = f.empty && !slices.ContainsFunc(f.pkgs, func(id PackageID) bool { return b.g.packages[id].Dir != "" })
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			if f.counts(e.Name()) && !e.IsDir() && b.g.inputs[path] == nil && !b.set.overlay.replaced(path) {
				b.g.inputs[path] = &input{kind: Ignored, users: slices.Clone(f.pkgs), unlisted: true}
			}
		}
	}
}

// hasGo reports whether the go command named a Go file of a package.
func (b *builder) hasGo(id PackageID) bool {
	for path, in := range b.g.inputs {
		if in.kind == Go && slices.Contains(in.users, id) && filepath.Dir(path) == b.g.packages[id].Dir {
			return true
		}
	}
	return false
}

// local reports whether a package is given as a folder.
func local(pattern string) bool {
	return pattern == "." || pattern == ".." || strings.HasPrefix(pattern, "./") || strings.HasPrefix(pattern, "../") || filepath.IsAbs(pattern)
}

func (f *folder) add(id PackageID) {
	if !slices.Contains(f.pkgs, id) {
		f.pkgs = append(f.pkgs, id)
	}
}

func (b *builder) folder(dir string) *folder {
	f := b.g.folders[dir]
	if f == nil {
		f = &folder{}
		b.g.folders[dir] = f
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
}

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
		for dir, f := range b.prev.folders {
			if slices.Contains(f.pkgs, id) {
				b.g.folders[dir] = f
			}
		}
		for path, in := range b.prev.inputs {
			if slices.Contains(in.users, id) && in.kind != Included && in.kind != Profile {
				next := *in
				b.g.inputs[path] = &next
			}
		}
	}
	for _, imp := range p.Imports {
		b.transplant(imp)
	}
}

// observe reads what is not known yet of the inputs.
func (b *builder) observe() {
	var todo []string
	for path := range b.g.inputs {
		if _, known := b.g.facts[path]; !known {
			todo = append(todo, path)
		}
	}
	found := make([]fact, len(todo))
	parallel(len(todo), func(i int) {
		path := todo[i]
		found[i] = b.set.observe(path, b.g.inputs[path].kind, b.before(path))
	})
	for i, path := range todo {
		b.g.facts[path] = found[i]
	}
}

// before is what was known of a file, if it was read under the same settings:
// other tags give another verdict.
func (b *builder) before(path string) fact {
	f := b.prev.facts[path]
	if b.prev.set == nil || !b.prev.set.sameEyes(b.set) {
		return fact{header: f.header}
	}
	return f
}

func (b *builder) observeDeciding() {
	for path, d := range b.g.decides {
		b.g.facts[path] = b.set.observeDeciding(path, d, b.prev.facts[path])
	}
}

// parallel calls do for 0 to n-1, on as many goroutines as there are processors.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup // at most GOMAXPROCS
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	wg.Wait()
}

// findDeciding completes what decides: the places where a go.mod would cut a
// package out of its module, and links on the way to folders.
func (b *builder) findDeciding() {
	d := b.decider
	cache := map[string]bool{}
	for dir := range b.g.folders {
		if m, ok := moduleOf(d.modules, dir); ok && !b.vendored(dir) {
			d.between(dir, m.dir)
		}
		d.links(dir, cache)
	}
	for _, m := range d.modules {
		d.links(m.dir, cache)
	}
	b.g.decides = d.decides
}

func (b *builder) vendored(dir string) bool {
	return underAny(b.decider.vendors, dir)
}

// finish fills in the details of packages that follow from their files.
func (b *builder) finish() {
	for path, in := range b.g.inputs {
		f := b.g.facts[path]
		for _, id := range in.users {
			p := b.g.packages[id]
			if p == nil || !p.Watched {
				continue
			}
			file := File{Path: path, Kind: in.kind}
			switch {
			case in.kind == Ignored && in.embed:
				file.Kind = Embedded // left out as a source, taken as data
			case in.kind == Ignored:
				file.Reason = b.g.leftOut(path, f)
			}
			if in.kind == Go && f.header != nil && slices.Contains(f.header.imports, "C") {
				p.Cgo = true
			}
			p.Files = append(p.Files, file)
			p.Tags = append(p.Tags, f.tags...)
		}
	}
	for _, p := range b.g.packages {
		slices.SortFunc(p.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
		slices.Sort(p.Tags)
		p.Tags = slices.Compact(p.Tags)
	}
}

// link target of a deciding link, "" if it is none.
func readLink(path string) string {
	if fi, err := os.Lstat(path); err != nil || fi.Mode()&fs.ModeSymlink == 0 {
		return ""
	}
	target, _ := os.Readlink(path)
	return target
}
