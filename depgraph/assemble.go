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
	set           *settings
	prev          *Graph
	g             *Graph
	sibling       *Graph // of another program, of the same listing and settings; nil if there is none
	secondListing bool   // listed a second time: a file that go leaves out stays out
	moduleByPath  map[string]*Module
	search        *moduleSearch
	sources       map[PackageID][]string // inputs in packages' directories, sorted; known after resolveUnlisted
}

func assemble(set *settings, roots []*packages.Package, prev *Graph, secondListing bool) *Graph {
	return newBuilder(set, roots, prev, secondListing).assemble(roots)
}

func newBuilder(set *settings, roots []*packages.Package, prev *Graph, secondListing bool) *builder {
	b := &builder{set: set, prev: prev, secondListing: secondListing, moduleByPath: map[string]*Module{}}
	b.g = &Graph{
		set:         set,
		main:        PackageID(roots[0].ID),
		packages:    map[PackageID]*Package{},
		inputs:      map[string]*input{},
		directories: map[string]*directory{},
		embeddings:  map[string]*embedding{},
		facts:       map[string]fact{},
	}
	return b
}

// assemble makes the graph of the packages that roots import.
func (b *builder) assemble(roots []*packages.Package) *Graph {
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
	b.search = b.set.searchModules()
	b.g.modules = b.search.modules
	b.findDirs()
	b.findEarlierPlaces()
	b.readInputs()
	b.keepBrokenImports()
	b.resolveUnlisted()
	b.restoreCycleImports()
	b.findEmbedded()
	b.findIncluded()
	b.findProfile()
	b.completeDeciding()
	b.readInputs()
	b.readDeciding()
	b.fillPackages()
	b.g.orderPackages()
	b.buildPathIndex()
	return b.g
}

// addSource makes a file of a package's directory an input.
func (b *builder) addSource(p *Package, path string, kind FileKind) *input {
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
	next.isEmbedded = true
	next.addUser(id)
	return next
}

func (b *builder) addEmbedded(p *Package, path string) {
	b.g.inputs[path] = b.g.inputs[path].embeddedIn(p.ID)
}

// readInputs reads the inputs of which no fact is known yet.
func (b *builder) readInputs() {
	var todo []string
	for path := range b.g.inputs {
		if _, known := b.g.facts[path]; !known {
			todo = append(todo, path)
		}
	}
	found := make([]fact, len(todo))
	parallel(len(todo), func(i int) {
		path := todo[i]
		found[i] = b.set.readFact(path, b.g.inputs[path].kind, b.previousFact(path))
	})
	for i, path := range todo {
		b.g.facts[path] = found[i]
	}
}

// previousFact is what the previous graph knew of a file. Where that was read under
// other settings only its header is kept: other tags give another verdict.
func (b *builder) previousFact(path string) fact {
	f, known := b.prev.facts[path]
	if !known && b.sibling != nil {
		its, ours := b.sibling.inputs[path], b.g.inputs[path]
		if its != nil && ours != nil && its.kind == ours.kind {
			return b.sibling.facts[path]
		}
	}
	if b.prev.set == nil || !b.prev.set.sameVerdicts(b.set) {
		return fact{header: f.header}
	}
	return f
}

func (b *builder) readDeciding() {
	for path, d := range b.g.deciding {
		b.g.facts[path] = b.set.readDeciding(path, d, b.prev.facts[path])
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

// completeDeciding adds the deciding paths that follow from the packages: places where
// a go.mod would cut a package out of its module, and links on the way to directories.
func (b *builder) completeDeciding() {
	d := b.search
	cache := map[string]bool{}
	for dir := range b.g.directories {
		if m, ok := moduleOf(d.modules, dir); ok && !b.vendored(dir) {
			d.addNestedModules(dir, m.dir)
		}
		d.addLinks(dir, cache)
	}
	for _, m := range d.modules {
		d.addLinks(m.dir, cache)
	}
	b.g.deciding = d.deciding
}

func (b *builder) vendored(dir string) bool {
	return underAny(b.search.vendorDirs, dir)
}

// fillPackages fills in the details of packages that follow from their files.
func (b *builder) fillPackages() {
	for path, in := range b.g.inputs {
		slices.SortFunc(in.inclusions, func(a, b inclusion) int {
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
			case in.kind == Ignored && in.isEmbedded:
				file.Kind = Embedded // left out as a source, taken as data
			case in.kind == Ignored:
				file.Reason = b.g.reasonLeftOut(path, f)
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
