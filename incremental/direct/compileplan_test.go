package direct

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/recipe"
)

// A world of packages a ← b ← c ← main, and d that only main imports, in which a compile does what the test says.
type world struct {
	state *State
	now   Sources
	built map[Key]Built
	twins map[string]Twin
}

func sum(s string) archive.Sum { return sha256.Sum256([]byte(s)) }

// builtFrom is the outcome of a compile: export names the export data, text the rest.
func builtFrom(export, text string) Built {
	fp := sum(export)
	return Built{
		Archive: archive.Archive{
			Path: "/objs/" + export + "," + text + ".a", Export: sum(export), Identity: sum(export + text),
			Fingerprint: archive.Fingerprint(fp[:8]),
		},
		Symbols: sum("symbols"),
	}
}

func newWorld() *world {
	return worldOf(map[string][]string{
		"a": {"fmt"}, "b": {"a", "fmt"}, "c": {"b"}, "d": {}, "main": {"a", "c", "d", "runtime"},
	})
}

// wide is a world of n packages that each import some of those before them.
func wide(n int) *world {
	imports := map[string][]string{}
	var all []string
	for i := range n {
		path := fmt.Sprintf("p%03d", i)
		for k := 2; k <= min(9, i); k++ {
			imports[path] = append(imports[path], fmt.Sprintf("p%03d", i/k))
		}
		imports[path] = append(imports[path], "fmt", "runtime")
		all = append(all, path)
	}
	imports["main"] = append(all, "runtime")
	return worldOf(imports)
}

func worldOf(imports map[string][]string) *world {
	r := &recipe.Recipe{
		Dir: "/m", Main: "main", Steps: make(map[string]*recipe.Step),
		Link: recipe.LinkStep{Tool: "link", Name: "app", BuildID: 9},
	}
	w := &world{now: make(Sources), built: make(map[Key]Built), twins: make(map[string]Twin)}
	for _, path := range slices.Sorted(maps.Keys(imports)) {
		imports := imports[path]
		r.Steps[path] = &recipe.Step{
			ImportPath: path, Tool: "compile", Args: []string{"-p", path}, Imports: imports,
			Files: []string{"/m/" + path + ".go"}, BuildID: 9,
		}
		w.now["/m/"+path+".go"] = sum(path)
		r.Link.Imports = append(r.Link.Imports, path)
	}
	r.Link.Imports = append(r.Link.Imports, "fmt", "runtime")
	w.state = &State{
		Recipe:   r,
		Cached:   map[string]string{"fmt": "/cache/fmt", "runtime": "/cache/runtime"},
		Imported: make(map[string]Imported),
	}
	// What the go command built.
	for {
		p := w.plan()
		for _, c := range p.Compiles {
			w.built[c.Key] = builtFrom(c.Step.ImportPath+" 0", c.Step.ImportPath+" 0")
		}
		if p.Link != nil {
			w.state = p.Next
			return w
		}
	}
}

func (w *world) plan() *Plan { return w.planner().next() }

func (w *world) planner() *planner {
	return newPlanner(w.state, w.now, w.twins, func(k Key) (Built, bool) {
		b, ok := w.built[k]
		return b, ok
	})
}

// steps plans, does what outcome says of each compile, and plans again, until the link; it
// returns what was printed. What a planner knows from the plan before must make no difference.
func (w *world) steps(t *testing.T, outcome func(c Compile) Built) string {
	t.Helper()
	var all string
	planner := w.planner()
	for range 10 {
		p := planner.next()
		if anew := w.plan(); anew.String() != p.String() || anew.Link != nil && anew.Link.Key != p.Link.Key {
			t.Errorf("plan\n%swhere one that is made anew is\n%s", p, anew)
		}
		all += p.String()
		if p.Refused != "" {
			return all
		}
		if p.Link != nil {
			w.state = p.Next
			return all
		}
		for _, c := range p.Compiles {
			w.built[c.Key] = outcome(c)
		}
		all += "--\n"
	}
	t.Fatalf("no end:\n%s", all)
	return ""
}

func (w *world) edit(path, text string) { w.now["/m/"+path+".go"] = sum(text) }

func check(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("plan\n%swant\n%s", got, want)
	}
}

func TestPlan(t *testing.T) {
	body := func(c Compile) Built { return builtFrom(c.Step.ImportPath+" 0", "new "+c.Step.ImportPath) }
	api := func(c Compile) Built { return builtFrom("new "+c.Step.ImportPath, "new "+c.Step.ImportPath) }

	w := newWorld()
	base := w.plan().Link.Key
	check(t, w.steps(t, nil), "link\n")
	w.edit("b", "body")
	check(t, w.steps(t, body), "compile b\nthen perhaps compile c\nthen perhaps compile main\n--\nlink\n")
	if w.plan().Link.Key == base {
		t.Error("another archive gives the same link")
	}
	w.edit("b", "b")
	check(t, w.steps(t, nil), "link\n") // undone: nothing to compile
	if w.plan().Link.Key != base {
		t.Error("an undone edit gives another link")
	}
	w.edit("b", "body")
	check(t, w.steps(t, nil), "link\n") // done again: kept

	w = newWorld()
	w.edit("b", "comment")
	w.steps(t, func(c Compile) Built { return builtFrom("b 0", "b 0") })
	if w.plan().Link.Key != base {
		t.Error("the same archives give another link")
	}

	// c changes with b; main need not.
	w = newWorld()
	w.edit("b", "api")
	check(t, w.steps(t, func(c Compile) Built {
		if c.Step.ImportPath == "c" {
			return body(c)
		}
		return api(c)
	}), "compile b\nthen perhaps compile c\nthen perhaps compile main\n--\n"+
		"compile c\nthen perhaps compile main\n--\nlink\n")

	// All that follow.
	w = newWorld()
	w.edit("a", "api")
	check(t, w.steps(t, api), "compile a\nthen perhaps compile b\nthen perhaps compile c\nthen perhaps compile main\n--\n"+
		"compile b\nthen perhaps compile c\nthen perhaps compile main\n--\n"+
		"compile c\nthen perhaps compile main\n--\ncompile main\n--\nlink\n")

	// Two side by side.
	w = newWorld()
	w.edit("a", "body")
	w.edit("d", "body")
	check(t, w.steps(t, body), "compile a\ncompile d\n"+
		"then perhaps compile b\nthen perhaps compile c\nthen perhaps compile main\n--\nlink\n")
}

func TestPlanRefuses(t *testing.T) {
	body := func(c Compile) Built { return builtFrom(c.Step.ImportPath+" 0", "new "+c.Step.ImportPath) }
	w := newWorld()
	w.state.Recipe.Steps["b"].Refused = "it has assembly"
	check(t, w.steps(t, nil), "link\n") // as long as it does not change
	w.edit("a", "body")
	const first = "compile a\nthen perhaps compile b\nthen perhaps compile c\nthen perhaps compile main\n--\n"
	check(t, w.steps(t, body), first+"link\n")
	w.edit("a", "api")
	check(t, w.steps(t, func(c Compile) Built { return builtFrom("new", "new") }),
		first+"go build: package \"b\" changed, and it has assembly\n")
	w.edit("a", "a")
	w.edit("b", "x")
	check(t, w.steps(t, nil), "go build: package \"b\" changed, and it has assembly\n")

	w = newWorld()
	delete(w.state.Cached, "fmt")
	check(t, w.steps(t, nil), "go build: package \"fmt\" has no archive\n")

	w = newWorld()
	delete(w.now, "/m/d.go")
	check(t, w.steps(t, nil), "go build: file \"/m/d.go\" of package \"d\" is not known\n")
}

func TestPlanTwins(t *testing.T) {
	moved := func(c Compile) Built {
		if c.Twin {
			return builtFrom(c.Step.ImportPath+" 0", "twin")
		}
		return builtFrom(c.Step.ImportPath+" moved", "moved "+c.Step.ImportPath)
	}
	twin := func(w *world) {
		w.edit("b", "lines moved")
		w.twins["b"] = Twin{Sources{"/m/b.go": sum("twin")}}
	}
	const both = "compile b\ncompile twin of b\nthen perhaps compile c\nthen perhaps compile main\n--\n"
	useless := func(why string) string {
		why = "no use for the twin of b: " + why + "\n"
		return why + "compile c\nthen perhaps compile main\n--\n" + why + "compile main\n--\n" + why + "link\n"
	}

	w := newWorld()
	known := w.state.Imported["b"]
	twin(w)
	check(t, w.steps(t, moved), both+"give b the fingerprint that its importers expect\nlink\n")
	if w.state.Imported["b"].Archive != known.Archive || !maps.Equal(w.state.Imported["b"].Sources, known.Sources) {
		t.Error("importers know another b than they were compiled against")
	}
	l := w.plan().Link.Archives["b"]
	if l.Path != "/objs/b moved,moved b.a" || l.Fingerprint != known.Archive.Fingerprint {
		t.Errorf("linked: %+v", l)
	}
	// An importer of b that changes is compiled against what the others were.
	w.edit("c", "body")
	p := w.plan()
	if len(p.Compiles) != 1 || p.Compiles[0].Imports["b"] != known.Archive.Path {
		t.Errorf("plan\n%s", p)
	}

	// The twin shows that more than lines changed.
	w = newWorld()
	twin(w)
	check(t, w.steps(t, func(c Compile) Built {
		return builtFrom("other "+c.Step.ImportPath, "other")
	}), both+useless("its export data differ"))

	// The link may be begun when the twin is all that is waited for, not before, and is the one that it comes to.
	w = newWorld()
	twin(w)
	if p := w.planner().assumingTwins(); p.Link != nil {
		t.Errorf("supposed before the sources themselves are compiled:\n%s", p)
	}
	for _, c := range w.plan().Compiles {
		if !c.Twin {
			w.built[c.Key] = moved(c)
		}
	}
	if p := w.plan(); p.Link != nil {
		t.Errorf("a link without the twin:\n%s", p)
	}
	supposed := w.planner().assumingTwins()
	if supposed.Link == nil {
		t.Fatalf("supposed:\n%s", supposed)
	}
	w.steps(t, moved)
	if got := w.plan().Link.Key; got != supposed.Link.Key {
		t.Errorf("the link is %v, was supposed to be %v", got, supposed.Link.Key)
	}

	// The two objects number their symbols differently.
	w = newWorld()
	twin(w)
	check(t, w.steps(t, func(c Compile) Built {
		b := moved(c)
		if c.Twin {
			b.Symbols = sum("others")
		}
		return b
	}), both+useless("its symbols have other indices"))

	// Only comments moved lines: the old source is the twin, and was compiled.
	w = newWorld()
	w.edit("b", "lines moved")
	w.twins["b"] = Twin{Sources{"/m/b.go": sum("b")}}
	check(t, w.steps(t, moved), "compile b\nthen perhaps compile c\nthen perhaps compile main\n--\n"+
		"give b the fingerprint that its importers expect\nlink\n")

	// No line moved after all.
	w = newWorld()
	twin(w)
	check(t, w.steps(t, func(c Compile) Built { return builtFrom(c.Step.ImportPath+" 0", "x") }), both+"link\n")
}

// Keys tell apart whatever a compile depends on.
func TestKeys(t *testing.T) {
	s := recipe.Step{ImportPath: "a", Env: []string{"E=1"}, Tool: "compile", Args: []string{"-p", "a"},
		Imports: []string{"fmt"}, ImportMap: []string{"importmap x=y"}, Files: []string{"/a.go"},
		Embed: []byte(`{"Files":{"x":"/x"}}`)}
	src := Sources{"/a.go": sum("a"), "/x": sum("x")}
	exp := map[string]string{"fmt": "1"}
	seen := map[Key]string{compileKey(&s, src, exp): "the step"}
	add := func(name string, k Key) {
		if old, ok := seen[k]; ok {
			t.Errorf("%s has the key of %s", name, old)
		}
		seen[k] = name
	}
	vary := func(name string, f func(*recipe.Step)) {
		c := s
		f(&c)
		add(name, compileKey(&c, src, exp))
	}
	vary("environment", func(s *recipe.Step) { s.Env = []string{"E=2"} })
	vary("tool", func(s *recipe.Step) { s.Tool = "other" })
	vary("arguments", func(s *recipe.Step) { s.Args = []string{"-pa"} })
	vary("import map", func(s *recipe.Step) { s.ImportMap = nil })
	vary("embedcfg", func(s *recipe.Step) { s.Embed = []byte(`{"Files":{"y":"/x"}}`) })
	vary("no embedcfg", func(s *recipe.Step) { s.Embed = nil })
	add("file", compileKey(&s, Sources{"/a.go": sum("b"), "/x": sum("x")}, exp))
	add("embedded file", compileKey(&s, Sources{"/a.go": sum("a"), "/x": sum("y")}, exp))
	add("export data", compileKey(&s, src, map[string]string{"fmt": "2"}))
}

// BenchmarkPlan plans for a program of 640 packages of which one was edited: what is
// done again whenever a compile has ended.
func BenchmarkPlan(b *testing.B) {
	w := wide(640)
	w.edit("p320", "edited")
	for b.Loop() {
		if p := w.plan(); len(p.Compiles) != 1 {
			b.Fatalf("%d compiles", len(p.Compiles))
		}
	}
}

// What has no name counts for nothing but the indices of what has one.
func TestSumSymbols(t *testing.T) {
	f, g, nameless := archive.Symbol{Name: "p.F"}, archive.Symbol{Name: "p.G"}, archive.Symbol{Type: 20}
	of := func(list ...archive.Symbol) archive.Sum { return sumSymbols(list) }
	if of(f, g, nameless) != of(f, g, nameless, nameless) {
		t.Error("one more without a name after all others makes a difference")
	}
	if of(f, nameless, g) == of(f, g, nameless) {
		t.Error("another index makes no difference")
	}
	if of(f, g) == of(g, f) || of(f) == of(f, g) {
		t.Error("other names make no difference")
	}
}
