package depgraph

import (
	"cmp"
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
	sources      map[PackageID][]string // inputs in packages' directories, sorted; known after settleSources
}

func assemble(set *settings, roots []*packages.Package, prev *Graph, again bool) *Graph {
	b := &builder{set: set, prev: prev, again: again, moduleByPath: map[string]*Module{}}
	b.g = &Graph{
		set:         set,
		main:        PackageID(roots[0].ID),
		packages:    map[PackageID]*Package{},
		inputs:      map[string]*input{},
		directories: map[string]*directory{},
		embeds:      map[string]*embedding{},
		facts:       map[string]fact{},
	}
	// packages.Visit would sort every package's imports: 5 ms for 1000 packages.
	var visit func(p *packages.Package)
	visit = func(p *packages.Package) {
		id := PackageID(p.ID)
		if b.g.packages[id] != nil {
			return
		}
		b.g.packages[id] = b.convert(p)
		for _, imp := range p.Imports {
			visit(imp)
		}
	}
	for _, root := range roots {
		visit(root) // go run refuses several, but they must be watched until there is one
	}
	b.decider = set.decide()
	b.g.modules = b.decider.modules
	b.findDirs()
	b.observe()
	b.carry()
	b.settleSources()
	b.completeImports()
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

// source makes a file of a package's directory an input.
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

// embeddedIn returns the input, which may be none, as one that a package embeds.
func (in *input) embeddedIn(id PackageID) *input {
	next := &input{kind: Embedded}
	if in != nil {
		*next = *in
		next.users = slices.Clone(in.users)
	}
	next.embed = true
	next.addUser(id)
	return next
}

func (b *builder) embedFile(p *Package, path string) {
	b.g.inputs[path] = b.g.inputs[path].embeddedIn(p.ID)
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
// package out of its module, and links on the way to directories.
func (b *builder) findDeciding() {
	d := b.decider
	cache := map[string]bool{}
	for dir := range b.g.directories {
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
		slices.SortFunc(in.by, func(a, b inclusion) int {
			return cmp.Or(strings.Compare(a.file, b.file), strings.Compare(a.how, b.how))
		})
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
