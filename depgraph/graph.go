package depgraph

import (
	"maps"
	"slices"
)

// A PackageID names a package of a Graph. It is the import path but for a
// program given by files, which is "command-line-arguments".
type PackageID string

// An ImportPath is what an import declaration says.
type ImportPath string

// A Module is a module that packages of the graph come from.
type Module struct {
	Path    string
	Version string // "" for a main module and for one in a directory
	Dir     string // "" if vendored
	Main    bool   // the main module or one of the workspace
	Replace string // the directory of a replace directive
}

// A Package of the graph. Of one that is not watched there are no files and no
// details.
type Package struct {
	ID            PackageID
	ImportPath    ImportPath
	Name          string      // "" if there is no good Go file
	Imports       []PackageID // sorted
	Watched       bool        // the user's own: its files are inputs
	Dir           string      // "" where there is none (yet)
	Module        *Module     // nil outside of modules
	Files         []File      // sorted by path
	EmbedPatterns []string    // as written, "all:" included; sorted
	Tags          []string    // build tags that the files mention, the excluded ones' too; sorted
	Cgo           bool        // a Go file imports "C"
	Errors        []Error     // what the go command has to say against it
}

// A File of a package.
type File struct {
	Path   string
	Kind   FileKind
	Reason string // of an Ignored file: why it is left out
}

// FilesOf returns the paths of the files of these kinds.
func (p *Package) FilesOf(kinds ...FileKind) []string {
	var paths []string
	for _, f := range p.Files {
		if slices.Contains(kinds, f.Kind) {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// An Error is what the go command reports of a package, in its words.
type Error struct {
	Pos string // "file:line:column", relative to the working directory; "" or "-" if there is none
	Msg string
}

func (e Error) Error() string {
	if e.Pos == "" || e.Pos == "-" {
		return e.Msg
	}
	return e.Pos + ": " + e.Msg
}

// A Graph is what a program is built from at one moment. The zero Graph is that
// of a program of which nothing is known.
type Graph struct {
	set       *settings
	main      PackageID
	packages  map[PackageID]*Package
	order     []PackageID // imports before importers
	importers map[PackageID][]PackageID
	modules   []moduleRoot // those whose go.mod was read, whether packages come from them or not

	inputs      map[string]*input       // files of watched packages, the ignored ones too
	deciding    map[string]decidingPath // by path, absent ones too
	directories map[string]*directory   // package directories, also those that an import asks for in vain
	embeddings  map[string]*embedding   // by package directory
	facts       map[string]fact         // of inputs and deciding paths
	pathIndex   pathIndex
	stale       bool
	excluded    []Detail // changes of excluded files that are in no Change of kind Rebuild yet, one for each path

	unwatchedFiles []string // files of packages that are not watched, where asked for
}

// Main is the package that is run; nil if none was found.
func (g *Graph) Main() *Package { return g.packages[g.main] }

// Package returns a package, nil if it is not in the graph.
func (g *Graph) Package(id PackageID) *Package { return g.packages[id] }

// Packages returns all packages, imports before importers. The caller must not
// change it.
func (g *Graph) Packages() []PackageID { return g.order }

// Importers returns the packages that import id directly, sorted.
func (g *Graph) Importers(id PackageID) []PackageID { return g.importers[id] }

// Stale reports whether the packages are those of an earlier moment, because a change of
// kind Reload was seen or loading failed. Every change is a Reload then.
func (g *Graph) Stale() bool { return g.stale }

// ExcludedChanged reports whether a file that Config.Exclude names changed since the graph was
// loaded, or since the last Change for which something is built: what was built before is not
// what would be built now.
func (g *Graph) ExcludedChanged() bool { return len(g.excluded) > 0 }

// Errors returns what the go command says against packages of the graph, in
// the order of Packages.
func (g *Graph) Errors() []Error {
	var errs []Error
	for _, id := range g.order {
		errs = append(errs, g.packages[id].Errors...)
	}
	return errs
}

// Inputs returns the files that the executable is made from, sorted: not those
// left out, nor go.mod and its like.
func (g *Graph) Inputs() []string {
	var paths []string
	for path, in := range g.inputs {
		if (in.kind != Ignored || in.isEmbedded) && g.facts[path].Exists() {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// Update returns the graph with what Classify has read for the change. The next
// Classify compares with that. The packages stay as they are; a change of kind
// Reload makes the graph stale until Load has been called with it.
func (g *Graph) Update(c Change) *Graph {
	if len(c.facts) == 0 && len(c.embeddings) == 0 && c.Kind < Reload && len(c.excluded) == 0 && len(g.excluded) == 0 {
		return g
	}
	next := *g
	next.excluded = c.excluded
	next.stale = g.stale || c.Kind >= Reload
	next.facts = maps.Clone(g.facts)
	maps.Copy(next.facts, c.facts)
	if len(c.embeddings) > 0 {
		next.embeddings, next.inputs = maps.Clone(g.embeddings), maps.Clone(g.inputs)
		for dir, e := range c.embeddings {
			next.embeddings[dir] = e
			for _, path := range e.files {
				next.inputs[path] = g.inputs[path].embeddedIn(e.pkg)
			}
		}
	}
	if len(c.unreadable) > 0 {
		next.directories = maps.Clone(g.directories)
		for dir, bad := range c.unreadable {
			f := *g.directories[dir]
			f.unreadable = bad
			next.directories[dir] = &f
		}
	}
	if len(c.contentFiles) > 0 {
		next.pathIndex.contentFiles = maps.Clone(g.pathIndex.contentFiles)
		maps.Copy(next.pathIndex.contentFiles, c.contentFiles)
		next.pathIndex.invert()
	}
	return &next
}

// orderPackages orders the packages and finds their importers.
func (g *Graph) orderPackages() {
	g.importers = make(map[PackageID][]PackageID, len(g.packages))
	g.order = make([]PackageID, 0, len(g.packages))
	seen := make(map[PackageID]bool, len(g.packages))
	var visit func(id PackageID)
	visit = func(id PackageID) {
		p := g.packages[id]
		if p == nil || seen[id] {
			return
		}
		seen[id] = true
		for _, imp := range p.Imports {
			visit(imp)
			g.importers[imp] = append(g.importers[imp], id)
		}
		g.order = append(g.order, id)
	}
	visit(g.main)
	for _, id := range slices.Sorted(maps.Keys(g.packages)) {
		visit(id)
	}
	for _, ids := range g.importers {
		slices.Sort(ids)
	}
}

// importChain returns the shortest way of imports from main to id, both included;
// nil if there is none.
func (g *Graph) importChain(id PackageID) []PackageID {
	from := map[PackageID]PackageID{g.main: ""}
	for queue := []PackageID{g.main}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at == id {
			var way []PackageID
			for ; at != ""; at = from[at] {
				way = append(way, at)
			}
			slices.Reverse(way)
			return way
		}
		p := g.packages[at]
		if p == nil {
			continue
		}
		for _, imp := range p.Imports {
			if _, seen := from[imp]; !seen {
				from[imp] = at
				queue = append(queue, imp)
			}
		}
	}
	return nil
}
