package depgraph

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/stamp"
)

var (
	seedFlag = flag.Uint64("seed", 0, "of the random test; 0 takes the time")
	steps    = flag.Int("steps", 0, "of the random test; 0 means 50, and 200 with the long tests")
)

func newSeed(t *testing.T) uint64 {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	return seed
}

// TestRandom applies random operations to a module and holds Classify against
// the go command: what `go list` shows before and after, with the contents of
// the files, must be different wherever Classify says None, and must not be
// otherwise. What Update and Load make of it must be what a fresh Load makes.
func TestRandom(t *testing.T) {
	seed := newSeed(t)
	n := cmp.Or(*steps, longtest.Cases(50, 200))
	m := newMutator(t, seed, 1)
	p := m.program
	before := m.oracle()
	counts, healthy := map[Kind]int{}, 0
	for step := range n {
		m.log, m.paths = nil, nil
		for range 1 + m.rand.IntN(2) {
			m.mutate()
		}
		after := m.oracle()
		c := Classify(p.g, m.paths)
		all := Classify(p.g, nil)
		counts[c.Kind]++
		want := after.since(before)
		if !before.broken {
			healthy++
		}
		fail := ""
		switch {
		case c.Kind != all.Kind:
			fail = fmt.Sprintf("by paths %v, by looking at everything %v", c.Kind, all.Kind)
		case c.Kind < want:
			fail = fmt.Sprintf("%v, want %v", c.Kind, want)
		case want == None && c.Kind != None && !before.broken && !strings.Contains(c.String(), "perhaps"):
			fail = fmt.Sprintf("%v, but nothing that go list shows has changed", c.Kind)
		}
		p.g = p.g.Update(c)
		if c.Kind == Reload {
			p.reload()
		}
		if p.err != nil {
			t.Fatalf("step %d: %v: %v", step, m.log, p.err)
		}
		if fail == "" && c.Kind == Reload {
			fresh, err := Load(t.Context(), p.cfg, nil)
			if err != nil {
				t.Fatal(err)
			}
			fail = differ(p.g, fresh)
		}
		if again := Classify(p.g, nil); fail == "" && again.Kind != None {
			fail = fmt.Sprintf("right after: %v", again)
		}
		if fail != "" {
			t.Fatalf("step %d of seed %d: %s\noperations %v\nreported %v\n%v\neverything: %v\nbefore %v\nafter  %v\nerrors %v",
				step, seed, fail, m.log, p.rels(m.paths), c, all, before, after, p.g.Errors())
		}
		before = after
		if before.broken && m.rand.IntN(4) == 0 {
			m.heal()
			p.follow(Classify(p.g, nil))
			before = m.oracle()
		}
	}
	t.Logf("%d steps, %d from a state without errors: %v", n, healthy, counts)
	if counts[None] == 0 || counts[Rebuild] == 0 || counts[Reload] == 0 {
		t.Errorf("one kind never came up: %v", counts)
	}
}

// TestRandomHalfTyped breaks the header of a file, changes something else, loads
// or not, and mends it: then the graph must be what a fresh Load makes.
func TestRandomHalfTyped(t *testing.T) {
	seed := newSeed(t)
	m := newMutator(t, seed, 2)
	p := m.program
	for step := range cmp.Or(*steps, longtest.Cases(50, 100)) / 5 {
		m.log, m.paths = nil, nil
		name := m.existing(func(name string, d fs.DirEntry) bool {
			in := p.g.inputs[p.path(name)]
			return goFile(name, d) && in != nil && in.kind == Go
		})
		good := p.get(name)
		p.put(name, pick(m, "", "pack", "package x\n\nimport \"exam\n", "package x\n\nimport (\n",
			"//go:build dev &&\n\npackage x\n"))
		m.report("break", name)
		broken := Classify(p.g, m.paths)
		if broken.Kind < Rebuild {
			t.Fatalf("seed %d, step %d: %v", seed, step, broken)
		}
		p.follow(broken)
		if m.rand.IntN(2) == 0 {
			p.g, p.err = Load(t.Context(), p.cfg, p.g) // for another reason
		}
		m.paths = nil
		if pkg := p.g.packages[p.g.main]; pkg == nil || p.err != nil {
			t.Fatalf("seed %d, step %d: no main package: %v", seed, step, p.err)
		}
		if m.rand.IntN(2) == 0 {
			m.mutate()
			p.follow(Classify(p.g, m.paths))
			m.paths = nil
		}
		if m.rand.IntN(3) > 0 {
			p.put(name, good+"// "+m.unique())
		} else {
			p.put(name, m.source(filepath.ToSlash(filepath.Dir(name)), true))
		}
		m.report("mend", name)
		if name == "cmd/app/main.go" {
			p.put(name, good)
		}
		p.follow(Classify(p.g, m.paths))
		fresh, err := Load(t.Context(), p.cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := differ(p.g.withoutIgnored(), fresh.withoutIgnored()); d != "" {
			t.Fatalf("seed %d, step %d: %s\noperations %v\nerrors %v", seed, step, d, m.log, p.g.Errors())
		}
		m.heal()
		p.follow(Classify(p.g, nil))
	}
}

// withoutIgnored leaves out the files that are in no package: a graph that was
// not loaded again after one appeared or went does not list it, or still does.
func (g *Graph) withoutIgnored() *Graph {
	next := *g
	next.inputs = map[string]*input{}
	for path, in := range g.inputs {
		if in.kind != Ignored || in.isEmbedded {
			next.inputs[path] = in
		}
	}
	next.facts = maps.Clone(g.facts)
	maps.DeleteFunc(next.facts, func(path string, _ fact) bool {
		_, decides := g.deciding[path]
		return next.inputs[path] == nil && !decides
	})
	next.packages = map[PackageID]*Package{}
	for id, p := range g.packages {
		q := *p
		q.Tags = nil
		q.Files = slices.DeleteFunc(slices.Clone(p.Files), func(f File) bool { return f.Kind == Ignored })
		next.packages[id] = &q
	}
	return &next
}

// differ says how two graphs of the same tree differ, "" if they do not.
func differ(a, b *Graph) string {
	if !slices.Equal(a.order, b.order) {
		return fmt.Sprintf("packages\n%v\nfresh\n%v", a.order, b.order)
	}
	for _, id := range a.order {
		if p, q := a.packages[id], b.packages[id]; !reflect.DeepEqual(p, q) {
			return fmt.Sprintf("package\n%+v\nfresh\n%+v", p, q)
		}
	}
	if !reflect.DeepEqual(a.inputs, b.inputs) {
		for path, in := range a.inputs {
			if other := b.inputs[path]; other != nil && !reflect.DeepEqual(in, other) {
				return fmt.Sprintf("input %s\n%+v\nfresh\n%+v", path, *in, *other)
			}
		}
		return fmt.Sprintf("inputs\n%v\nfresh\n%v", keys(a.inputs), keys(b.inputs))
	}
	if !reflect.DeepEqual(a.deciding, b.deciding) || !reflect.DeepEqual(unlisted(a), unlisted(b)) ||
		!reflect.DeepEqual(a.embeddings, b.embeddings) {
		return fmt.Sprintf("decides, directories or embeds\n%v %v\nfresh\n%v %v", keys(a.deciding), keys(a.directories),
			keys(b.deciding), keys(b.directories))
	}
	for path, f := range a.facts {
		if g := b.facts[path]; f.Sum != g.Sum || f.State != g.State || !reflect.DeepEqual(f.header, g.header) &&
			g.syntax == nil && a.inputs[path].kind != Embedded {
			return "facts of " + path
		}
	}
	if x, y := a.WatchDirs(), b.WatchDirs(); !slices.Equal(x, y) {
		return fmt.Sprintf("directories to watch\n%v\nfresh\n%v", x, y)
	}
	return ""
}

func keys[V any](m map[string]V) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// A view is what the go command sees of a program.
type view struct {
	shape    string            // packages, imports, names of files, errors
	contents map[string]string // of the files in it
	broken   bool              // there are errors: then a Reload too many is no harm
}

func (v view) String() string { return v.shape }

// since is the least that a change from one view to the other must be called.
func (v view) since(before view) Kind {
	switch {
	case v.shape != before.shape:
		return Reload
	case !reflect.DeepEqual(v.contents, before.contents):
		return Rebuild
	}
	return None
}

func (m *mutator) oracle() view {
	m.t.Helper()
	out, err := m.goCommand(append(append([]string{"list", "-e", "-deps",
		"-json=ImportPath,Name,Dir,Standard,Imports,GoFiles,CgoFiles,CFiles,HFiles,SFiles,SysoFiles," +
			"EmbedFiles,EmbedPatterns,Error"},
		m.cfg.BuildFlags...), m.cfg.Patterns...)...)
	if err != nil {
		m.t.Fatalf("%v: go list: %v", m.log, err)
	}
	v := view{contents: map[string]string{}}
	var shape strings.Builder
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p struct {
			ImportPath, Name, Dir                                                                    string
			Standard                                                                                 bool
			Imports, GoFiles, CgoFiles, CFiles, HFiles, SFiles, SysoFiles, EmbedFiles, EmbedPatterns []string
			Error                                                                                    *struct{ Err string }
		}
		if err := dec.Decode(&p); err != nil {
			m.t.Fatal(err)
		}
		if p.Standard {
			continue
		}
		if p.Error != nil {
			// What an error says of lines and of the first of several files is no matter of shape.
			p.Error.Err, _, _ = strings.Cut(p.Error.Err, ";")
		}
		fmt.Fprintf(&shape, "%s %s %v %v %v", p.ImportPath, p.Name, p.Imports, p.GoFiles, p.EmbedFiles)
		fmt.Fprintf(&shape, " %v %v %v %v %v", p.CFiles, p.HFiles, p.SFiles, p.SysoFiles, p.EmbedPatterns)
		if p.Error != nil {
			v.broken = true
			fmt.Fprintf(&shape, " %s", p.Error.Err)
		}
		shape.WriteByte('\n')
		v.broken = v.broken || len(p.GoFiles) == 0 // test files only: go build says the error
		for _, list := range [][]string{p.GoFiles, p.CgoFiles, p.CFiles, p.HFiles, p.SFiles, p.SysoFiles, p.EmbedFiles} {
			for _, name := range list {
				data, _ := os.ReadFile(filepath.Join(p.Dir, name))
				v.contents[filepath.Join(p.Dir, name)] = string(data)
			}
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "cmd/app/default.pgo"} {
		if data, err := os.ReadFile(m.path(name)); err == nil {
			v.contents[m.path(name)] = string(data)
			if name != "cmd/app/default.pgo" {
				fmt.Fprintf(&shape, "%s %q\n", name, data)
			}
		}
	}
	v.shape = shape.String()
	return v
}

// A mutator changes a module at random and notes what a watcher would report.
type mutator struct {
	*program
	rand  *rand.Rand
	n     int // makes contents unique
	log   []string
	paths []string
}

var packageNames = []string{"cmd/app", "a", "a/b", "c", "c/d/e", "f"}

// newMutator makes a module and loads it. The go command does without its index
// of directories: it sees a directory that has only .x.go as one of Go files for two
// seconds, and then, by the index, as none.
func newMutator(t *testing.T, seed, stream uint64) *mutator {
	p := newProgram(t, "", "-tags=dev", "./cmd/app")
	p.setenv("GODEBUG=goindex=0")
	m := &mutator{program: p, rand: rand.New(rand.NewPCG(seed, stream))}
	m.generate()
	p.load()
	return m
}

func (m *mutator) generate() {
	m.put("go.mod", "module example.com/m\n\ngo 1.26\n")
	for _, dir := range packageNames {
		m.put(dir+"/x.go", m.source(dir, true))
		if m.rand.IntN(2) == 0 {
			m.put(dir+"/y.go", m.source(dir, false))
		}
		for _, name := range []string{"static/one.txt", "static/sub/two.txt", "tmpl/three.html"} {
			m.put(dir+"/"+name, m.unique())
		}
	}
	m.put("cmd/app/main.go", "package main\n\nimport _ \"example.com/m/a\"\n\nfunc main() {}\n")
}

// heal makes the module whole again: broken states would become the rule.
func (m *mutator) heal() {
	for _, name := range packageNames[1:] {
		m.remove(name)
	}
	m.remove("cmd/app")
	m.generate()
}

func (m *mutator) unique() string {
	m.n++
	return fmt.Sprintf("content %d\n", m.n)
}

func pick[T any](m *mutator, list ...T) T { return list[m.rand.IntN(len(list))] }

// source makes a Go file of the package in dir.
func (m *mutator) source(dir string, embeds bool) string {
	name := filepath.Base(dir)
	if dir == "cmd/app" {
		name = "main"
	}
	var b strings.Builder
	b.WriteString(pick(m, "", "", "", "//go:build dev\n\n", "//go:build prod\n\n", "//go:build !prod && !windows\n\n",
		"//go:build goexperiment.some\n\n", "//go:build go1.20\n\n"))
	fmt.Fprintf(&b, "package %s\n\n", name)
	if embeds {
		b.WriteString("import _ \"embed\"\n\n")
	}
	for range m.rand.IntN(3) {
		// Later packages only, most of the time: else there is a cycle.
		to := packageNames[1+m.rand.IntN(len(packageNames)-1)]
		if to > dir || dir == "cmd/app" || m.rand.IntN(10) == 0 {
			fmt.Fprintf(&b, "import _ \"example.com/m/%s\"\n", to)
		}
	}
	b.WriteString(pick(m, "", "", "", "", "import _ \"strings\"\n", "import _ \"strings\"\n", "import _ \"os\"\n",
		"import _ \"example.com/m/missing\"\n"))
	if embeds {
		fmt.Fprintf(&b, "\n//go:embed %s\nvar f%d string\n",
			pick(m, "static", "all:static", "static/*", "tmpl/*.html", "static/*/two.txt", "x.go", pick(m, "static", "none/*")),
			m.n)
	}
	fmt.Fprintf(&b, "\n// %s", m.unique())
	return b.String()
}

// report notes a path and, of a new directory, nothing of what is in it.
func (m *mutator) report(op string, names ...string) {
	m.log = append(m.log, op+" "+strings.Join(names, " "))
	for _, name := range names {
		m.paths = append(m.paths, m.path(name))
	}
}

// create writes a file and reports it, or the topmost new directory on its way.
func (m *mutator) create(op, name, content string) {
	top := name
	for dir := name; dir != "."; dir = filepath.ToSlash(filepath.Dir(dir)) {
		if _, err := os.Stat(m.path(dir)); err != nil {
			top = dir
		}
	}
	if fi, err := os.Stat(m.path(name)); err == nil && fi.IsDir() {
		return
	}
	m.put(name, content)
	m.report(op, top)
}

// existing returns a random file or directory of the tree, "" if there is none.
func (m *mutator) existing(want func(name string, d fs.DirEntry) bool) string {
	var list []string
	filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		if name := m.rels([]string{path})[0]; err == nil && want(name, d) {
			list = append(list, name)
		}
		return nil
	})
	if len(list) == 0 {
		return ""
	}
	return pick(m, list...)
}

func goFile(name string, d fs.DirEntry) bool  { return strings.HasSuffix(name, ".go") && !d.IsDir() }
func anyFile(name string, d fs.DirEntry) bool { return !d.IsDir() && name != "go.mod" }
func anyDir(name string, d fs.DirEntry) bool {
	return d.IsDir() && strings.Count(name, "/") > 0 && name != "cmd/app"
}

func (m *mutator) mutate() {
	dir := pick(m, packageNames...)
	switch m.rand.IntN(19) {
	case 0, 1, 2: // the body of a file
		if name := m.existing(goFile); name != "" {
			m.put(name, m.get(name)+"// "+m.unique())
			m.report("body", name)
		}
	case 3, 4: // a source written anew: imports, constraint, patterns
		if name := m.existing(goFile); name != "" && name != "cmd/app/main.go" {
			m.put(name, m.source(filepath.ToSlash(filepath.Dir(name)), m.rand.IntN(2) == 0))
			m.report("rewrite", name)
		}
	case 5:
		m.create("new source", dir+"/"+pick(m, "x.go", "y.go", "z.go", "z_windows.go", "z_linux.go", "z_test.go", "_z.go",
			".z.go"), m.source(dir, false))
	case 6: // remove a file
		if name := m.existing(anyFile); name != "" && name != "cmd/app/main.go" {
			m.remove(name)
			m.report("remove", name)
		}
	case 7: // rename a source
		if name := m.existing(goFile); name != "" && name != "cmd/app/main.go" {
			to := filepath.ToSlash(filepath.Dir(name)) + "/" +
				pick(m, "x.go", "w.go", "w_windows.go", "w_test.go", "w.go~", "w.txt")
			if to != name {
				m.rename(name, to)
				m.report("rename", name, to)
			}
		}
	case 8: // the same content again
		if name := m.existing(anyFile); name != "" {
			m.put(name, m.get(name))
			m.report("save", name)
		}
	case 9: // atomically
		if name := m.existing(anyFile); name != "" {
			m.put(name+".tmp~", m.get(name))
			m.rename(name+".tmp~", name)
			m.report("atomic save", name+".tmp~", name)
		}
	case 10, 11:
		m.create("data", dir+"/"+pick(m, "static/one.txt", "static/new.txt", "static/.hidden", "static/sub/two.txt",
			"static/sub/more/x", "tmpl/n.html", "tmpl/n.txt", "none/x"), m.unique())
	case 12: // editors
		m.create("editor", dir+"/"+pick(m, "4913", ".x.go.swp", "x.go~", "#x.go#", ".#x.go"), m.unique())
	case 13: // a directory goes or moves
		if name := m.existing(anyDir); name != "" {
			if to := pick(m, name+"_gone", "elsewhere/"+filepath.Base(name), name+"2"); m.rand.IntN(2) == 0 {
				if _, err := os.Stat(m.path(to)); err != nil {
					top := to
					if _, err := os.Stat(m.path("elsewhere")); err != nil && strings.HasPrefix(to, "elsewhere/") {
						top = "elsewhere"
					}
					m.rename(name, to)
					m.report("move", name, top)
				}
			} else {
				m.remove(name)
				m.report("remove directory", name)
			}
		}
	case 14: // a directory returns
		m.create("return", dir+"/x.go", m.source(dir, false))
	case 15:
		m.put("go.mod", "module example.com/m\n\ngo "+pick(m, "1.24", "1.25", "1.26")+"\n")
		m.report("go.mod", "go.mod")
	case 16:
		m.create("missing", "missing/"+pick(m, "m.go", "README", "m_windows.go"), "package missing\n// "+m.unique())
	case 17:
		m.create("other", dir+"/"+pick(m, "h.h", "s.syso", "s_arm64.s", "README"), "// "+m.unique())
	case 18:
		m.create("profile", "cmd/app/default.pgo", m.unique())
	}
	if m.rand.IntN(4) == 0 { // a watcher reports more than happened
		if name := m.existing(anyFile); name != "" {
			m.report("nothing", name)
		}
	}
}

// unlisted are the directories of a graph without when they were listed, which two graphs of the same
// files need not agree about.
func unlisted(g *Graph) map[string]directory {
	dirs := map[string]directory{}
	for path, d := range g.directories {
		f := *d
		f.listing = stamp.Stamp{}
		dirs[path] = f
	}
	return dirs
}
