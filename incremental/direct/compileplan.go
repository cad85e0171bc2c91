package direct

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/recipe"
)

// The plan of a direct build: what is to be compiled and linked, and what need not be.
//
// A compile is a function of its command line, its sources and the export data of its imports;
// a link is one of its command line and the archives. So each has a key, the hash of just that
// (keys.go), and the plan is: walk the packages in dependency order; a package whose key was
// compiled before needs no compile; one whose new export data are those that its importers were
// compiled against leaves their keys, and so their archives, as they were. The same rule covers
// an undone edit, a repeated one, and a comment.
//
// Not chosen: a list of changed packages, pushed through the graph. It is what the keys compute
// anyway, and after a build that was cancelled half-way, or an edit undone, the list would need
// rules of its own. Nor mtimes: an edit can leave them as they were, and a checkout moves them.
//
// The plan is computed again whenever a compile has ended, because only then is it known whether
// the importers have to be compiled. It is pure: what was built before comes in as a function.

// Sources are the sums of the files that the packages of a recipe are made from, by absolute path.
type Sources map[string]archive.Sum

// An Imported is what the importers of a package were compiled against: an archive, for its export
// data, and the sources that the archive was compiled from. With a twin that is older than what
// is linked.
type Imported struct {
	Archive archive.Archive
	Sources Sources
}

// A State is what a plan starts from. It is a value: planning makes the next one.
type State struct {
	Recipe   *recipe.Recipe
	Cached   map[string]string   // archives of the packages without a step, by import path: paths in GOCACHE
	Imported map[string]Imported // of each package with a step that has importers
}

// A Twin is a package's changed sources, laid out so that what stayed stands where the importers
// know it.
type Twin struct {
	Sources Sources // where they equal Imported.Sources there is nothing to compile
}

// Built is the outcome of a compile that was done before.
type Built struct {
	Archive archive.Archive
	Symbols archive.Sum // of the symbols that objects of other packages refer to by index
}

// A Compile is one action of a plan.
type Compile struct {
	Step    *recipe.Step
	Key     Key
	Twin    bool
	Sources Sources           // of the files of the step, and embedded ones
	Imports map[string]string // archives to compile against, by import path
}

// A Link is the last action of a plan.
type Link struct {
	Key      Key
	Archives map[string]Linked // by import path
}

// Linked is an archive as it is linked: with the fingerprint that its importers expect.
type Linked struct {
	Path        string
	Identity    string // tells what is linked from other archives, but for the fingerprint
	Fingerprint archive.Fingerprint
	Patch       bool // the archive at Path has another fingerprint
}

// A Plan is what can be done at once, and what is then left.
type Plan struct {
	Compiles []Compile // that can run now, side by side
	Waiting  []string  // packages whose key depends on those
	Link     *Link     // set when all is compiled
	Twins    []string  // packages that are linked newer than their importers know them
	Useless  []string  // twins that showed that the importers must be compiled, and by what
	Used     []Key     // the compiles, those of twins included, that the link is of; set with Link
	Next     *State    // the state to plan from once the link is done; set with Link
	Refused  string    // why the direct way may not be used; nothing else is set then
}

// NewPlan returns what is to be done to bring the program to the given sources. built returns
// the outcome of an earlier compile; twins holds the packages for which a twin was laid out.
func NewPlan(st *State, now Sources, twins map[string]Twin, built func(Key) (Built, bool)) *Plan {
	return newPlanner(st, now, twins, built).next()
}

// A planner makes the plans of one build, one after the other. What it has decided of a package
// holds for the plans that follow: sources and twins are the same for all of them, and the
// outcome of a compile does not change.
type planner struct {
	st    *State
	now   Sources
	twins map[string]Twin
	built func(Key) (Built, bool)

	left        []*recipe.Step      // not decided, in dependency order
	imported    map[string]Imported // what the next compiles of importers are to be against
	linked      map[string]Linked
	identity    map[string]archive.Sum
	twinned     []string        // see Plan.Twins
	useless     []string        // see Plan.Useless
	used        []Key           // see Plan.Used
	assumeTwins bool            // that twins which are not compiled are right
	waits       map[string]bool // packages of which it is not decided what importers are compiled against
	plan        Plan
}

func newPlanner(st *State, now Sources, twins map[string]Twin, built func(Key) (Built, bool)) *planner {
	return &planner{st: st, now: now, twins: twins, built: built, left: st.Recipe.Ordered(),
		imported: make(map[string]Imported), linked: make(map[string]Linked), identity: make(map[string]archive.Sum)}
}

// next returns the plan for what is built by now.
func (p *planner) next() *Plan {
	p.plan, p.waits = Plan{}, make(map[string]bool)
	var left []*recipe.Step
	for _, s := range p.left {
		if refused := p.step(s); refused != "" {
			return &Plan{Refused: refused}
		}
		if p.waits[s.ImportPath] {
			left = append(left, s)
		}
	}
	p.left = left
	plan := p.plan
	plan.Twins, plan.Useless = slices.Clone(p.twinned), slices.Clone(p.useless)
	plan.Used = slices.Clone(p.used)
	if len(left) > 0 {
		return &plan
	}
	return p.link(plan)
}

// assumingTwins returns the plan for the case that all twins which are not compiled yet are right.
func (p *planner) assumingTwins() *Plan {
	q := *p
	q.assumeTwins = true
	q.imported, q.linked, q.identity = maps.Clone(p.imported), maps.Clone(p.linked), maps.Clone(p.identity)
	q.twinned, q.useless, q.used = slices.Clone(p.twinned), slices.Clone(p.useless), slices.Clone(p.used)
	return q.next()
}

// step decides what becomes of a package, or that it waits.
func (p *planner) step(s *recipe.Step) (refused string) {
	imports := make(map[string]string, len(s.Imports))
	exports := make(map[string]string, len(s.Imports))
	wait := false
	for _, i := range s.Imports {
		switch f, ok := p.imported[i]; {
		case p.waits[i]:
			wait = true
		case ok:
			imports[i], exports[i] = f.Archive.Path, "export "+string(f.Archive.Export[:])
		default:
			path, ok := p.st.Cached[i]
			if !ok {
				return fmt.Sprintf("package %q has no archive", i)
			}
			imports[i], exports[i] = path, "archive "+path
		}
	}
	if wait {
		// A package that cannot be compiled directly may turn out not to need it.
		p.plan.Waiting = append(p.plan.Waiting, s.ImportPath)
		p.waits[s.ImportPath] = true
		return ""
	}
	sources, err := stepSources(s, p.now)
	if err != nil {
		return err.Error()
	}
	key := compileKey(s, sources, exports)
	b, ok := p.built(key)
	if !ok && s.Refused != "" {
		return fmt.Sprintf("package %q changed, and %s", s.ImportPath, s.Refused)
	}
	known, isImported := p.st.Imported[s.ImportPath]
	if ok && (!isImported || b.Archive.Export == known.Archive.Export) {
		p.setArchive(s, key, b.Archive, sources)
		return ""
	}
	if !ok {
		p.plan.Compiles = append(p.plan.Compiles, Compile{Step: s, Key: key, Sources: sources, Imports: imports})
		p.waits[s.ImportPath] = true
	}
	twin, hasTwin := p.twins[s.ImportPath]
	if hasTwin && isImported {
		laid, err := stepSources(s, overlay(p.now, twin.Sources))
		if err != nil {
			return err.Error()
		}
		tkey := compileKey(s, laid, exports)
		tb, tok := p.built(tkey)
		switch {
		case !tok && !(ok && p.assumeTwins):
			c := Compile{Step: s, Key: tkey, Twin: true, Sources: laid, Imports: imports}
			p.plan.Compiles = append(p.plan.Compiles, c)
			p.waits[s.ImportPath] = true
		case ok && !tok, ok && tb.Archive.Export == known.Archive.Export && tb.Symbols == b.Symbols:
			p.twinned = append(p.twinned, s.ImportPath)
			p.used = append(p.used, key, tkey)
			p.imported[s.ImportPath] = known
			p.identity[s.ImportPath] = b.Archive.Identity
			p.linked[s.ImportPath] = Linked{
				Path: b.Archive.Path, Identity: string(b.Archive.Identity[:]), Fingerprint: known.Archive.Fingerprint,
				Patch: b.Archive.Fingerprint != known.Archive.Fingerprint,
			}
			return ""
		case ok && tb.Archive.Export != known.Archive.Export:
			p.useless = append(p.useless, s.ImportPath+": its export data differ")
		case ok && tok:
			p.useless = append(p.useless, s.ImportPath+": its symbols have other indices")
		}
	}
	if !p.waits[s.ImportPath] {
		p.setArchive(s, key, b.Archive, sources)
	}
	return ""
}

// setArchive records that s is linked as archive a, of the compile with that key, and that importers
// are compiled against it.
func (p *planner) setArchive(s *recipe.Step, key Key, a archive.Archive, sources Sources) {
	p.used = append(p.used, key)
	p.imported[s.ImportPath] = Imported{Archive: a, Sources: sources}
	p.identity[s.ImportPath] = a.Identity
	p.linked[s.ImportPath] = Linked{Path: a.Path, Identity: string(a.Identity[:]), Fingerprint: a.Fingerprint}
}

// link adds the link, which is all that is left, to a plan.
func (p *planner) link(plan Plan) *Plan {
	k := p.st.Recipe.Link
	h := newKey("link")
	h.list("env", k.Env)
	h.list("tool", []string{k.Tool})
	h.list("args", k.Args)
	h.list("other", k.Other)
	l := &Link{Archives: make(map[string]Linked, len(k.Imports))}
	for _, i := range k.Imports {
		if a, ok := p.linked[i]; ok {
			id := p.identity[i]
			h.list(i, []string{"identity", string(id[:]), string(a.Fingerprint[:])})
			l.Archives[i] = a
		} else if path, ok := p.st.Cached[i]; ok {
			h.list(i, []string{"archive", path})
			l.Archives[i] = Linked{Path: path, Identity: path}
		} else {
			return &Plan{Refused: fmt.Sprintf("package %q has no archive", i)}
		}
	}
	l.Key = h.key()
	plan.Link = l
	next := *p.st
	next.Imported = make(map[string]Imported)
	for i := range p.st.Recipe.Imported() {
		next.Imported[i] = p.imported[i]
	}
	plan.Next = &next
	return &plan
}

func overlay(a, b Sources) Sources {
	m := maps.Clone(a)
	maps.Copy(m, b)
	return m
}

// stepSources returns the step's part of all.
func stepSources(s *recipe.Step, all Sources) (Sources, error) {
	embedded, err := recipe.EmbedFiles(s.Embed)
	if err != nil {
		return nil, fmt.Errorf("package %q: embedcfg: %v", s.ImportPath, err)
	}
	own := make(Sources, len(s.Files)+len(embedded))
	for _, f := range slices.Concat(s.Files, embedded) {
		sum, ok := all[f]
		if !ok {
			return nil, fmt.Errorf("file %q of package %q is not known", f, s.ImportPath)
		}
		own[f] = sum
	}
	return own, nil
}

// String prints the plan, one action a line, for people and for tests.
func (p *Plan) String() string {
	var b strings.Builder
	if p.Refused != "" {
		return "go build: " + p.Refused + "\n"
	}
	for _, u := range p.Useless {
		fmt.Fprintf(&b, "no use for the twin of %s\n", u)
	}
	for _, c := range p.Compiles {
		kind := "compile"
		if c.Twin {
			kind = "compile twin of"
		}
		fmt.Fprintf(&b, "%s %s\n", kind, c.Step.ImportPath)
	}
	for _, w := range p.Waiting {
		fmt.Fprintf(&b, "then perhaps compile %s\n", w)
	}
	if p.Link != nil {
		for _, path := range slices.Sorted(maps.Keys(p.Link.Archives)) {
			if a := p.Link.Archives[path]; a.Patch {
				fmt.Fprintf(&b, "give %s the fingerprint that its importers expect\n", path)
			}
		}
		fmt.Fprintf(&b, "link\n")
	}
	return b.String()
}
