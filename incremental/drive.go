package incremental

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// A Package is a package that may be edited while the program runs: one of the workspace.
type Package struct {
	ImportPath string   // as the go command prints it: command-line-arguments for files
	GoFiles    []string // absolute; those of the build, cgo files included
	EmbedFiles []string // absolute
}

// A Setup is what the direct way needs to know of the outside.
type Setup struct {
	Run      Runner
	Go       string    // the go command
	Dir      string    // where it runs
	Env      []string  // with what environment
	Flags    []string  // build flags, as for go list and go run: "-name=value"; -C first, if at all
	Target   []string  // the package, or the files
	Packages []Package // the workspace packages of the program
	Work     string    // a folder of the direct way's own, which exists and is empty
	Exact    bool      // no twins
	Named    bool      // the named objects (named.go)
	Idle     Runner    // for Prepare, which nobody waits for; Run without
	Debug    func(format string, args ...any)
}

// NotDirect says why the direct way was not taken. The caller builds with the go command.
type NotDirect struct{ Reason string }

func (e *NotDirect) Error() string { return "not direct: " + e.Reason }

func notDirect(format string, args ...any) error {
	return &NotDirect{fmt.Sprintf(format, args...)}
}

// A Direct is the direct way, prepared for one program under one set of flags. It is not safe for concurrent use.
type Direct struct {
	setup   Setup
	env     []string // of the tools
	state   *State
	results *Results
	files   map[string]source // of all packages with a step: as they were when last read
	base    map[string]source // when the recipe was read
	headers map[Sum]Header    // of contents that differ from the base, and their base
	texts   map[Sum][]byte    // of the Go files that faces were compiled from
	layouts map[[2]Sum]layout // of files, by what they were and what they are
	exes    []executable      // oldest first
}

type source struct {
	sum  Sum
	text []byte // of Go files; nil for embedded ones
}

type executable struct {
	key  Key
	path string
}

const (
	archiveBytes   = 512 << 20 // of archives kept in a run: some hundred edits of large packages
	executableKept = 4         // the running one, the next, and one undone edit to either side
)

// Prepare reads the recipe and the archives that it starts from. It builds nothing but what GOCACHE lacks and the main package,
// which `go run` compiles with a flag of its own. An error is a *NotDirect, or the context's.
func Prepare(ctx context.Context, setup Setup) (*Direct, error) {
	d := &Direct{setup: setup, headers: make(map[Sum]Header), texts: make(map[Sum][]byte), layouts: make(map[[2]Sum]layout)}
	if d.setup.Debug == nil {
		d.setup.Debug = func(string, ...any) {}
	}
	if why := refusedFlags(setup.Flags); why != "" {
		return nil, notDirect("%s", why)
	}
	if setup.Named {
		if why := refusedNamed(setup.Flags); why != "" {
			return nil, notDirect("%s", why)
		}
		d.setup.Flags = append(slices.Clone(setup.Flags), NamedFlag)
	}
	if setup.Idle != nil {
		d.setup.Run = setup.Idle
		defer func() { d.setup.Run = setup.Run }()
	}
	d.results = NewResults(setup.Work, archiveBytes)
	before, err := d.readAll()
	if err != nil {
		return nil, notDirect("%v", err)
	}
	recipe, cached, err := d.ask(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, notDirect("%v", err)
	}
	d.state = &State{Recipe: recipe, Cached: make(map[string]string), Faces: make(map[string]Face)}
	for path, file := range cached {
		if recipe.Steps[path] == nil {
			d.state.Cached[path] = file
		}
	}
	if err := d.enterBase(ctx, cached, before); err != nil {
		return nil, err
	}
	// What the go command read lies between these two looks.
	after, err := d.readAll()
	if err != nil {
		return nil, notDirect("%v", err)
	}
	for f, s := range before {
		if after[f].sum != s.sum {
			return nil, notDirect("%q changed while the recipe was read", f)
		}
	}
	d.files, d.base = before, before
	for _, s := range before {
		if s.text != nil {
			d.texts[s.sum] = s.text
		}
	}
	return d, nil
}

// refusedFlags says why some flags rule the direct way out.
func refusedFlags(flags []string) string {
	for _, f := range flags {
		name, value, _ := strings.Cut(strings.TrimLeft(f, `'"-`), "=")
		switch name {
		case "overlay", "pgo", "cover", "covermode", "coverpkg", "toolexec", "linkshared", "compiler", "gccgoflags", "installsuffix", "pkgdir", "debug-actiongraph",
			"n", "x", "work", "json":
			if name == "pgo" && value == "off" {
				continue
			}
			return "-" + name + " is given"
		case "buildmode":
			if value != "exe" && value != "pie" && value != "default" {
				return "-buildmode=" + value + " is given"
			}
		}
	}
	return ""
}

// readAll reads the files of all packages.
func (d *Direct) readAll() (map[string]source, error) {
	m := make(map[string]source)
	for _, p := range d.setup.Packages {
		for _, f := range p.GoFiles {
			text, err := os.ReadFile(f)
			if err != nil {
				return nil, err
			}
			m[f] = source{sha256.Sum256(text), text}
		}
		for _, f := range p.EmbedFiles {
			text, err := os.ReadFile(f)
			if err != nil {
				return nil, err
			}
			m[f] = source{sum: sha256.Sum256(text)}
		}
	}
	return m, nil
}

// ask asks the go command for the recipe, the archives and the environment of its tools.
func (d *Direct) ask(ctx context.Context) (*Recipe, map[string]string, error) {
	s := d.setup
	argv := func(verb []string, target []string) []string {
		flags := s.Flags
		if len(flags) > 0 && strings.HasPrefix(strings.TrimLeft(flags[0], "-"), "C=") {
			// The go command wants it first.
			verb, flags = slices.Concat(verb[:1], flags[:1], verb[1:]), flags[1:]
		}
		return slices.Concat([]string{s.Go}, verb, flags, target)
	}
	var env, list, dry []byte
	var errs [3]error
	var wg sync.WaitGroup // three
	wg.Go(func() { env, _, errs[0] = s.Run(ctx, []string{s.Go, "env", "-json"}, s.Dir, s.Env) })
	wg.Go(func() {
		list, _, errs[1] = s.Run(ctx, argv([]string{"list", "-export", "-deps", "-json=ImportPath,Export,Error"}, s.Target), s.Dir, s.Env)
	})
	wg.Go(func() {
		// -n prints the commands on stderr, and -exec= would show in them.
		_, dry, errs[2] = s.Run(ctx, argv([]string{"run", "-a", "-n"}, s.Target), s.Dir, s.Env)
	})
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, nil, err
	}
	var vars map[string]string
	if err := json.Unmarshal(env, &vars); err != nil {
		return nil, nil, fmt.Errorf("output of go env: %w", err)
	}
	// GOFLAGS may come from the environment or from `go env -w`; words with spaces in them are quoted there, and are
	// not needed here.
	flags := strings.Fields(vars["GOFLAGS"])
	if why := refusedFlags(flags); why != "" {
		return nil, nil, fmt.Errorf("%s in GOFLAGS", why)
	}
	if why := refusedNamed(flags); s.Named && why != "" {
		return nil, nil, fmt.Errorf("%s in GOFLAGS", why)
	}
	cached, err := ParseExports(list)
	if err != nil {
		return nil, nil, err
	}
	files := make(map[string][]string)
	for _, p := range s.Packages {
		files[p.ImportPath] = p.GoFiles
	}
	recipe, err := ParseRecipe(dry, s.Dir, files)
	if err != nil {
		return nil, nil, err
	}
	d.env = toolEnv(s.Env, vars)
	return recipe, cached, nil
}

// toolEnv returns the environment that the go command gives its tools: its own, with every variable that `go env` knows set
// (cmd/go/main.go, since Go 1.9).
func toolEnv(environ []string, vars map[string]string) []string {
	env := slices.Clone(environ)
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		env = append(env, k+"="+vars[k])
	}
	return env
}

// enterBase enters the archives of the go command under the keys that the sources of the moment give them, and compiles what
// it has no archive of.
func (d *Direct) enterBase(ctx context.Context, cached map[string]string, files map[string]source) error {
	r, now := d.state.Recipe, sums(files)
	faces := r.importedSteps()
	exports := make(map[string]string)
	for path, file := range d.state.Cached {
		exports[path] = "archive " + file
	}
	for _, s := range r.ordered() {
		sources, err := s.sources(now)
		if err != nil && s.Refused == "" {
			return notDirect("%v", err)
		}
		if s.Refused != "" {
			// Its recipe names no files; that it did not change is seen by those that it has.
			s.Files = d.filesOf(s.ImportPath)
			if sources, err = s.sources(now); err != nil {
				return notDirect("%v", err)
			}
		}
		imports := make(map[string]string)
		for _, i := range s.Imports {
			imports[i] = exports[i]
		}
		key := s.key(sources, imports)
		var b Built
		if s.ImportPath == r.Main {
			if s.Refused != "" {
				return notDirect("the main package cannot be compiled directly: %s", s.Refused)
			}
			c := Compile{Step: s, Key: key, Sources: sources, Imports: make(map[string]string)}
			for _, i := range s.Imports {
				if f, ok := d.state.Faces[i]; ok {
					c.Imports[i] = f.Archive.Path
				} else {
					c.Imports[i] = d.state.Cached[i]
				}
			}
			if b, err = d.compile(ctx, c, nil); err != nil {
				return err
			}
		} else {
			file, ok := cached[s.ImportPath]
			if !ok {
				return notDirect("package %q has no archive", s.ImportPath)
			}
			if b, err = d.results.Enter(key, file); err != nil {
				return notDirect("%v", err)
			}
		}
		exports[s.ImportPath] = "export " + string(b.Archive.Export[:])
		if faces[s.ImportPath] {
			d.state.Faces[s.ImportPath] = Face{b.Archive, sources}
		}
	}
	return nil
}

func (d *Direct) filesOf(path string) []string {
	for _, p := range d.setup.Packages {
		if p.ImportPath == path {
			return slices.Concat(p.GoFiles, p.EmbedFiles)
		}
	}
	return nil
}

func sums(files map[string]source) Sources {
	m := make(Sources, len(files))
	for f, s := range files {
		m[f] = s.sum
	}
	return m
}

// An Outcome is what a direct build came to.
type Outcome struct {
	Executable string // in the direct way's folder; link or copy it away
	Key        Key    // of the link: equal keys are equal executables
	Compiled   []string
	Linked     bool // false when the executable was there
	Twins      []string
}

// Build brings the executable to the present state of the given files, those that may have changed since the last call; nil
// means any. An error is a *NotDirect, or the context's.
func (d *Direct) Build(ctx context.Context, changed []string) (*Outcome, error) {
	files, err := d.look(changed)
	if err != nil {
		return nil, err
	}
	d.files = files
	if why := d.check(files); why != "" {
		return nil, notDirect("%s", why)
	}
	now := sums(files)
	twins, dir, err := d.layOutTwins(files, now)
	if dir != "" {
		defer os.RemoveAll(dir)
	}
	if err != nil {
		return nil, err
	}
	out := &Outcome{}
	plan, err := d.compileAll(ctx, now, twins, out)
	if err != nil {
		return nil, err
	}
	out.Key, out.Twins = plan.Link.Key, plan.Twins
	if err := d.linkOnce(ctx, plan, out); err != nil {
		return nil, err
	}
	d.state = plan.Next
	d.keepTexts(files)
	d.results.Trim(d.inUse(plan))
	return out, nil
}

// look reads the files that may have changed.
func (d *Direct) look(changed []string) (map[string]source, error) {
	files := maps.Clone(d.files)
	if changed == nil {
		changed = slices.Collect(maps.Keys(d.files))
	}
	for _, f := range changed {
		old, ok := d.files[f]
		if !ok {
			return nil, notDirect("%q is not in the recipe", f)
		}
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, notDirect("%v", err)
		}
		s := source{sum: sha256.Sum256(text)}
		if old.text != nil {
			s.text = text
		}
		files[f] = s
	}
	return files, nil
}

// check says why the recipe does not hold for the files.
func (d *Direct) check(files map[string]source) string {
	for _, p := range d.setup.Packages {
		if !slices.ContainsFunc(p.GoFiles, func(f string) bool { return files[f].sum != d.base[f].sum }) {
			continue
		}
		now, old := make([]Header, len(p.GoFiles)), make([]Header, len(p.GoFiles))
		for i, f := range p.GoFiles {
			var err error
			if now[i], err = d.header(files[f]); err == nil {
				old[i], err = d.header(d.base[f])
			}
			if err != nil {
				return fmt.Sprintf("%s: %v", filepath.Base(f), err)
			}
			if why := now[i].Differs(old[i]); why != "" {
				return filepath.Base(f) + ": " + why
			}
		}
		if why := CheckImports(now, old); why != "" {
			return "package " + p.ImportPath + ": " + why
		}
	}
	return ""
}

func (d *Direct) header(s source) (Header, error) {
	h, ok := d.headers[s.sum]
	if ok {
		return h, nil
	}
	h, err := ReadHeader(s.text)
	if err == nil {
		d.headers[s.sum] = h
	}
	return h, err
}

// compileAll runs the compiles of a plan, making it again after each, until all that is left is the link.
func (d *Direct) compileAll(ctx context.Context, now Sources, twins twinSet, out *Outcome) (*DirectPlan, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type ended struct {
		key Key
		err error
	}
	done := make(chan ended) // nobody closes it: as many are received as were started
	running := make(map[Key]bool)
	drain := func() {
		cancel()
		for range running {
			<-done
		}
	}
	for {
		plan := PlanDirect(d.state, now, twins.plan, d.results.Get)
		d.setup.Debug("direct: %s", strings.ReplaceAll(strings.TrimSuffix(plan.String(), "\n"), "\n", "; "))
		switch {
		case plan.Refused != "":
			drain()
			return nil, notDirect("%s", plan.Refused)
		case plan.Link != nil:
			// What still runs is a twin that is not needed: no line moved after all.
			drain()
			return plan, nil
		}
		for _, c := range plan.Compiles {
			if running[c.Key] || len(running) >= runtime.NumCPU() {
				continue
			}
			running[c.Key] = true
			var laid map[string]string
			if c.Twin {
				laid = twins.laid
			} else {
				out.Compiled = append(out.Compiled, c.Step.ImportPath)
			}
			go func() {
				_, err := d.compile(ctx, c, laid)
				done <- ended{c.Key, err}
			}()
		}
		if len(running) == 0 {
			// A broken invariant: packages wait for each other. The go command knows what to say of it.
			return nil, notDirect("the plan has no end: %s", plan)
		}
		e := <-done
		delete(running, e.key)
		if e.err != nil {
			drain()
			return nil, e.err
		}
	}
}

// A twinSet holds the twins of one build.
type twinSet struct {
	plan map[string]Twin
	laid map[string]string // the file to compile in place of each that was laid out
}

// layOutTwins lays out a twin of each package whose lines moved since its importers were compiled. dir is the folder that holds
// them, if there are any.
func (d *Direct) layOutTwins(files map[string]source, now Sources) (t twinSet, dir string, err error) {
	if d.setup.Exact {
		return t, "", nil
	}
	t = twinSet{make(map[string]Twin), make(map[string]string)}
	for path, face := range d.state.Faces {
		texts, ok := d.twinTexts(d.state.Recipe.Steps[path], face, files)
		if !ok {
			continue
		}
		if dir == "" {
			if dir, err = os.MkdirTemp(d.setup.Work, "twin"); err != nil {
				return t, "", notDirect("%v", err)
			}
		}
		twin := Twin{Sources: make(Sources)}
		for f, text := range texts {
			l := filepath.Join(dir, fmt.Sprintf("%d-%s", len(t.laid), filepath.Base(f)))
			if err := os.WriteFile(l, text, 0o666); err != nil {
				return t, dir, notDirect("%v", err)
			}
			t.laid[f], twin.Sources[f] = l, sha256.Sum256(text)
		}
		t.plan[path] = twin
	}
	// Where the real sources were compiled before and found to differ, a twin would only be compiled to learn that again.
	var real []string
	first := PlanDirect(d.state, now, t.plan, d.results.Get)
	for _, c := range first.Compiles {
		if !c.Twin {
			real = append(real, c.Step.ImportPath)
		}
	}
	for _, c := range first.Compiles {
		if c.Twin && !slices.Contains(real, c.Step.ImportPath) {
			delete(t.plan, c.Step.ImportPath)
		}
	}
	return t, dir, nil
}

// twinTexts returns the laid out text of each file of the package that differs from what the face was compiled from; false when a
// twin would be of no use, or cannot be made.
func (d *Direct) twinTexts(s *Step, face Face, files map[string]source) (map[string][]byte, bool) {
	texts := make(map[string][]byte)
	moved := false
	for _, f := range s.Files {
		if files[f].sum == face.Sources[f] {
			continue
		}
		old, ok := d.texts[face.Sources[f]]
		if !ok {
			return nil, false
		}
		l, ok := d.layout(face.Sources[f], files[f].sum, old, files[f].text)
		if !ok || l.declared && !d.setup.Named || l.generic {
			return nil, false
		}
		texts[f] = l.text
		moved = moved || l.moved
	}
	return texts, moved
}

// layout is layOut, remembered for as long as both versions matter.
func (d *Direct) layout(oldSum, nowSum Sum, old, now []byte) (layout, bool) {
	k := [2]Sum{oldSum, nowSum}
	if l, ok := d.layouts[k]; ok {
		return l, l.text != nil
	}
	l, ok := layOut(old, now)
	if !ok {
		l = layout{}
	}
	d.layouts[k] = l
	return l, ok
}

// keepTexts keeps the texts of the files that the faces of the present state were compiled from, and no others.
func (d *Direct) keepTexts(files map[string]source) {
	keep := make(map[Sum][]byte)
	for _, face := range d.state.Faces {
		for f, sum := range face.Sources {
			if text, ok := d.texts[sum]; ok {
				keep[sum] = text
			} else if files[f].sum == sum && files[f].text != nil {
				keep[sum] = files[f].text
			}
		}
	}
	d.texts = keep
	maps.DeleteFunc(d.layouts, func(k [2]Sum, _ layout) bool { return keep[k[0]] == nil })
}

// compile runs a compile and enters its archive.
func (d *Direct) compile(ctx context.Context, c Compile, laid map[string]string) (Built, error) {
	dir, err := os.MkdirTemp(d.setup.Work, "compile")
	if err != nil {
		return Built{}, notDirect("%v", err)
	}
	defer os.RemoveAll(dir)
	out, err := compile(ctx, d.setup.Run, d.env, d.state.Recipe.Dir, dir, c, laid)
	if ctx.Err() != nil {
		return Built{}, ctx.Err()
	}
	if err != nil {
		return Built{}, notDirect("package %s: %v", c.Step.ImportPath, err)
	}
	for f, sum := range c.Sources {
		if _, ok := laid[f]; ok {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil || sha256.Sum256(text) != sum {
			return Built{}, notDirect("%q changed while it was compiled", f)
		}
	}
	b, err := d.results.Add(c.Key, out)
	if err != nil {
		return b, notDirect("%v", err)
	}
	return b, nil
}

// linkOnce links, unless the executable is there.
func (d *Direct) linkOnce(ctx context.Context, plan *DirectPlan, out *Outcome) error {
	for i, e := range d.exes {
		if e.key == plan.Link.Key {
			d.exes = append(slices.Delete(d.exes, i, i+1), e)
			out.Executable = e.path
			return nil
		}
	}
	dir, err := os.MkdirTemp(d.setup.Work, "link")
	if err != nil {
		return notDirect("%v", err)
	}
	exe, err := link(ctx, d.setup.Run, d.env, d.state.Recipe, dir, plan.Link)
	if err != nil {
		os.RemoveAll(dir)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return notDirect("%v", err)
	}
	out.Executable, out.Linked = exe, true
	d.exes = append(d.exes, executable{plan.Link.Key, exe})
	if len(d.exes) > executableKept {
		os.RemoveAll(filepath.Dir(filepath.Dir(d.exes[0].path)))
		d.exes = slices.Delete(d.exes, 0, 1)
	}
	return nil
}

// inUse returns the paths of the archives that the plan's next state refers to.
func (d *Direct) inUse(plan *DirectPlan) map[string]bool {
	m := make(map[string]bool)
	for _, f := range plan.Next.Faces {
		m[f.Archive.Path] = true
	}
	for _, a := range plan.Link.Archives {
		m[a.Path] = true
	}
	return m
}
