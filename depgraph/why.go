package depgraph

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// Why says in words whether the file at path is in the build, and why or why
// not: what `gorun -why` prints.
func (g *Graph) Why(path string) (in bool, reason string) {
	path = filepath.Clean(path)
	if g.set == nil {
		return false, "not known: the program could not be listed"
	}
	places := g.graphPaths(path)
	if real, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil && real != filepath.Dir(path) {
		for _, p := range g.graphPaths(filepath.Join(real, filepath.Base(path))) {
			if !slices.Contains(places, p) {
				places = append(places, p)
			}
		}
	}
	for i, p := range places {
		in, reason = g.why(p)
		if reason == "" {
			continue
		}
		if i > 0 && in {
			if file, _ := g.set.overlay.content(p); file == path {
				return in, "replaces " + g.rel(p) + " (-overlay): " + reason
			}
		}
		return in, reason
	}
	last := places[len(places)-1]
	if slices.Contains(g.unwatchedFiles, last) {
		return true, g.whyUnwatched(last)
	}
	return false, g.whyNot(last)
}

// why is Why for what the graph knows; "" for what it does not.
func (g *Graph) why(path string) (bool, string) {
	if g.set.overlay.replaced(path) && g.inputs[path] == nil {
		return false, "taken away by -overlay"
	}
	in := g.inputs[path]
	d, decides := g.deciding[path]
	f := g.facts[path]
	switch {
	case in == nil && decides && d.link:
		return true, "decides the build: " + d.what
	case in == nil && decides && !f.Exists():
		return false, "no such file (it would decide the build: " + d.what + ")"
	case in == nil && decides:
		return true, "decides the build: " + d.what
	case in == nil:
		return false, ""
	case in.kind == Ignored && !in.isEmbedded:
		return false, g.reasonLeftOut(path, f)
	case !f.Exists():
		return false, "no such file (it would be in the build)"
	case in.kind == PGOProfile:
		return true, "in the build: the profile that all packages are compiled with (-pgo)"
	case in.isEmbedded:
		return true, g.embeddedBy(in)
	}
	id := g.nearestPackage(in.users)
	words := "in the build: " + g.chainWords(id)
	switch {
	case in.kind == Included:
		return true, fmt.Sprintf("%s: %s", g.includedBy(in), g.chainWords(id))
	case g.set.byFiles() && id == g.main:
		words = "in the build: named on the command line"
	}
	if in.kind != Go {
		words += " (" + in.kind.String() + " of the package)"
	}
	return true, words
}

// chainWords says how a package gets into the program: "example.com/m/cmd/app
// imports example.com/m/lib".
func (g *Graph) chainWords(id PackageID) string {
	way := g.importChain(id)
	if len(way) < 2 {
		return string(id) + " is the package that is run"
	}
	var b strings.Builder
	b.WriteString(string(way[0]))
	for i, id := range way[1:] {
		switch i {
		case 0:
			b.WriteString(" imports ")
		default:
			b.WriteString(", which imports ")
		}
		b.WriteString(string(id))
	}
	return b.String()
}

// nearestPackage is the package with the shortest way of imports from main.
func (g *Graph) nearestPackage(ids []PackageID) PackageID {
	return slices.MinFunc(ids, func(a, b PackageID) int { return len(g.importChain(a)) - len(g.importChain(b)) })
}

func (g *Graph) embeddedBy(in *input) string {
	for _, b := range in.inclusions {
		if strings.HasPrefix(b.how, "pattern ") {
			if b.file == "" {
				return "embedded by " + string(in.users[0]) + ": " + b.how
			}
			return "embedded by " + g.rel(b.file) + ": " + b.how
		}
	}
	return "embedded by " + string(in.users[0])
}

func (g *Graph) includedBy(in *input) string {
	for _, b := range in.inclusions {
		if !strings.HasPrefix(b.how, "pattern ") {
			if b.file == "" {
				return "in the build: " + b.how
			}
			return "in the build: " + g.rel(b.file) + " has " + b.how
		}
	}
	return "in the build"
}

// reasonLeftOut says why a file of a package's directory is not in the package.
func (g *Graph) reasonLeftOut(path string, f fact) string {
	v := f.verdict
	switch {
	case !f.Exists():
		return "no such file"
	case v.Err != nil:
		return "breaks the package: " + v.Err.Error()
	case v.Included:
		for _, id := range g.inputs[path].users {
			if p := g.packages[id]; p != nil && p.Dir == "" && len(p.Errors) > 0 {
				msg, _, _ := strings.Cut(p.Errors[0].Msg, "\n")
				return "not in the build: " + strings.TrimSuffix(msg, "; to add it:")
			}
		}
		return "the go command leaves it out of the package"
	}
	return v.Reason
}

// whyNot is for a path that the graph does not know.
func (g *Graph) whyNot(path string) string {
	set := g.set
	dir, name := filepath.Split(path)
	dir = filepath.Clean(dir)
	switch {
	case set.inGoroot(path):
		return g.whyNotUnwatched(path, wordsOfGoroot)
	case set.inModcache(path):
		return g.whyNotUnwatched(path, wordsOfModcache)
	}
	fi, err := os.Stat(path)
	if err != nil {
		return "no such file"
	}
	if fi.IsDir() {
		return g.whyNotDir(path)
	}
	for _, e := range g.embeddings {
		if r, pattern := e.reach(path); r == hidden {
			return fmt.Sprintf("not embedded: pattern %s leaves out names that begin with . or _ (all:%s would take it)",
				pattern, pattern)
		}
	}
	f := g.directories[dir]
	switch {
	case f != nil && f.byFiles && isSource(name):
		return "not in the build: not one of the files named on the command line"
	case f != nil:
		if !hasSourceEnding(name) {
			return "not in the build: not a source file, and no pattern embeds it"
		}
		v := set.tags.Match(name, nil)
		if isSource(name) {
			v = set.readFact(path, kindOf(name), fact{}).verdict
		}
		if v.Included {
			return "not in the build yet: new file of package " + string(f.pkgs[0])
		}
		return v.Reason
	}
	return g.whyNotDir(dir)
}

// Where files are that are not watched, in words.
const (
	wordsOfGoroot   = "in GOROOT, not watched"
	wordsOfModcache = "in the module cache, which is not watched"
)

// whyUnwatched is for a file of the build that is not watched.
func (g *Graph) whyUnwatched(path string) string {
	words := "in the build"
	if id, ok := g.unwatchedPackage(filepath.Dir(path)); ok {
		words += ": " + g.chainWords(id)
	}
	where := wordsOfModcache
	if g.set.inGoroot(path) {
		where = wordsOfGoroot
	}
	return words + "; " + where + ": the next build has what changes there"
}

// whyNotUnwatched is for another path in such a place.
func (g *Graph) whyNotUnwatched(path, where string) string {
	id, ok := g.unwatchedPackage(filepath.Dir(path))
	if !ok {
		return where
	}
	if name := filepath.Base(path); isSource(name) {
		if f := g.set.readFact(path, kindOf(name), fact{}); f.Exists() && !f.verdict.Included {
			return f.verdict.Reason
		}
	}
	return where + "; " + g.chainWords(id)
}

// whyNotDir says why a directory is no package of the program.
func (g *Graph) whyNotDir(dir string) string {
	if f := g.directories[dir]; f != nil {
		return "the directory of package " + string(f.pkgs[0])
	}
	m, ok := moduleOf(g.modules, dir)
	if !ok {
		return "not in the build: outside of its modules"
	}
	for up := range ancestors(dir) {
		if up == m.dir {
			break
		}
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			return "not in the build: " + g.rel(up) + " is another module"
		}
	}
	rel, _ := filepath.Rel(m.dir, dir)
	for elem := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		switch {
		case rel == ".":
		case elem == "vendor", elem == "node_modules":
			return "not in the build: in a " + elem + " directory that no import leads into"
		case elem == "testdata" || elem[0] == '.' || elem[0] == '_':
			return "not in the build: no package is in " + elem + ", and no pattern embeds it"
		}
	}
	path := m.path
	if rel != "." {
		path += "/" + filepath.ToSlash(rel)
	}
	if !hasGo(dir) {
		return "not in the build: no package in its directory, and no pattern embeds it"
	}
	return fmt.Sprintf("not in the build: no package of %s imports %s", g.main, path)
}

func hasGo(dir string) bool {
	entries, _ := os.ReadDir(dir)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return filepath.Ext(e.Name()) == ".go" && isSource(e.Name()) && !strings.HasSuffix(e.Name(), "_test.go")
	})
}

// unwatchedPackage returns the package of a directory in GOROOT or in the module cache, if
// it belongs to the program.
func (g *Graph) unwatchedPackage(dir string) (PackageID, bool) {
	var path string
	for _, root := range g.set.goroot {
		if src := filepath.Join(root, "src"); under(src, dir) && src != dir {
			path = filepath.ToSlash(dir[len(src)+1:])
		}
	}
	for _, root := range g.set.modcache {
		if !under(root, dir) || root == dir {
			continue
		}
		mod, rest, ok := strings.Cut(filepath.ToSlash(dir[len(root)+1:]), "@")
		if !ok {
			continue
		}
		_, sub, _ := strings.Cut(rest, "/")
		if mod, err := module.UnescapePath(mod); err == nil {
			path = strings.TrimSuffix(mod+"/"+sub, "/")
		}
	}
	p := g.packages[PackageID(path)]
	if p == nil {
		return "", false
	}
	return p.ID, true
}

// rel is a path as the user writes it: relative to where gorun runs, if it lies there.
func (g *Graph) rel(path string) string {
	if dir := g.set.cfg.Dir; under(dir, path) && dir != path {
		if rel, err := filepath.Rel(dir, path); err == nil {
			return rel
		}
	}
	return path
}
