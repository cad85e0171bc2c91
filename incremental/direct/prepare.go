package direct

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/incremental/ahead"
	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/edit"
	"github.com/gorun-dev/gorun/incremental/recipe"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A Package is a package that may be edited while the program runs: one of the workspace.
type Package struct {
	ImportPath string   // as the go command prints it: command-line-arguments for files
	GoFiles    []string // absolute; those of the build, cgo files included
	EmbedFiles []string // absolute
}

// A Setup is what the direct way is given from outside.
type Setup struct {
	Run    Runner
	Behind Runner   // for twins where processors are few (twintiming.go); Run without
	Idle   Runner   // for what nobody waits for: Prepare and BuildIdle; Run without
	Go     string   // the go command
	Dir    string   // where it runs
	Env    []string // with what environment
	Flags  []string // build flags, as for go list and go run: "-name=value"; -C first, if at all
	Target []string // the package, or the files
	// ReadFlags are flags for reading the recipe, beside Flags, that change none of what may be
	// compiled directly.
	ReadFlags []string
	Packages  []Package     // the workspace packages of the program
	Work      string        // an empty directory, for the direct way alone
	Exact     bool          // no twins
	Named     bool          // from the named set (namedset.go)
	Ahead     *ahead.Linker // for links that wait for the next build; nil: none do
	Compiles  *Compiles     // that other Sessions may do as well; nil: none are shared
	Turns     *ProgramTurns // of the program among several; nil: it is alone
	Debug     func(format string, args ...any)

	// Dirs are the directories whose listing decides the build, and say which names count.
	Dirs map[string]func(name string) bool
	// Decisive is the hash of what decides the recipe beyond what a Session compares by itself
	// (savedsession.go); one that is zero is not saved.
	Decisive archive.Sum
	// Plain is, with Named, a Session without, to give the executables its build information; nil
	// where the flag may show.
	Plain *Session
	// Prev is the Session before, if there is one. It is not usable any more once Prepare has
	// returned without an error.
	Prev *Session
}

// Prepare reads the recipe and the archives that the Session starts from. It builds only what
// GOCACHE lacks, and the main package, which `go run` compiles with a flag that `go list -export`
// does not use. An error is a *Refusal, the context's, or of a moment in which files were written.
func Prepare(ctx context.Context, setup Setup) (*Session, error) {
	d := &Session{
		setup: setup, timings: newTimings(),
		headers: make(map[archive.Sum]edit.Header), layouts: make(map[[2]archive.Sum]edit.Layout),
		request: setup.request(),
	}
	if d.setup.Debug == nil {
		d.setup.Debug = func(string, ...any) {}
	}
	if why := refusedFlags(setup.Flags); why != "" {
		return nil, Refuse("%s", why)
	}
	if slices.ContainsFunc(setup.Target, matchesMore) {
		return nil, Refuse("%s: which packages match depends on what else there is", setup.Target)
	}
	if why := setup.profiled(); why != "" {
		return nil, Refuse("%s", why)
	}
	if setup.Named {
		if why := refusedNamed(setup.Flags); why != "" {
			return nil, Refuse("%s", why)
		}
		d.setup.Flags = append(slices.Clone(setup.Flags), NamedFlag)
	}
	if setup.Prev != nil {
		d.timings = setup.Prev.timings.clone()
	}
	defer d.idle()()
	d.results = NewResults(setup.Work, maxArchiveBytes)
	before, err := d.readTexts()
	if err != nil {
		return nil, Refuse("%v", err)
	}
	start := time.Now()
	r, list, err := d.readRecipe(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, Refuse("%v", err)
	}
	d.inputs = readInputs(list, before, setup.Dirs)
	for path, p := range list {
		if p.Cgo {
			d.cgo = path
		}
	}
	if c := d.inputs.since(start); c != (InputChange{}) {
		return nil, fmt.Errorf("%q %s while the recipe was read", c.Path, c.What)
	}
	if setup.Named && setup.Plain != nil {
		if why := d.useLinkInfo(r, setup.Plain.state.Recipe); why != "" {
			return nil, Refuse("%s", why)
		}
	}
	d.setup.Plain = nil
	if !stripped(r.Link.Args) {
		// Debug information holds lines as well, and nothing could tell a twin's from wrong ones.
		d.setup.Exact = true
	}
	d.tools = toolStamps(r)
	// A key says of an archive everything but which tools compiled it, and in which environment.
	if prev := setup.Prev; prev != nil && prev.setup.Work == setup.Work && prev.state.Recipe.Dir == r.Dir &&
		slices.Equal(prev.env, d.env) && maps.Equal(prev.tools, d.tools) {
		d.results, d.exes, d.offer = prev.results, slices.Clone(prev.exes), slices.Clone(prev.offer)
	}
	d.setup.Prev = nil
	d.state = &State{Recipe: r, Cached: make(map[string]string), Imported: make(map[string]Imported)}
	for path, p := range list {
		if r.Steps[path] == nil && p.Export != "" {
			d.state.Cached[path] = p.Export
		}
	}
	if err := d.enterBase(ctx, list, before); err != nil {
		return nil, err
	}
	// The go command has read the files between the two readings here: what it read is what both found.
	after, err := d.readAll()
	if err != nil {
		return nil, Refuse("%v", err)
	}
	for f, s := range before {
		if after[f].Meta != s.Meta || after[f].Sum != s.Sum {
			return nil, fmt.Errorf("%q changed while the recipe was read", f)
		}
	}
	d.files, d.base = before, before
	d.archives = d.cachedArchives()
	return d, nil
}

// readTexts is readAll for the first time.
func (d *Session) readTexts() (files map[string]source, err error) {
	if d.texts, err = newTexts(filepath.Join(d.setup.Work, "texts")); err != nil {
		return nil, err
	}
	return d.readAll()
}

// profiled says which profile the compiler is guided by, if there is one: it enters the
// compiles of all packages, and the go command prepares it first.
func (s Setup) profiled() string {
	if slices.ContainsFunc(s.Flags, func(f string) bool { return strings.TrimLeft(f, "-") == "pgo=off" }) {
		return ""
	}
	for _, p := range s.Packages {
		if len(p.GoFiles) == 0 {
			continue
		}
		file := filepath.Join(filepath.Dir(p.GoFiles[0]), "default.pgo")
		if stamp.Stat(file).Exists() {
			return fmt.Sprintf("%q is a profile", file)
		}
	}
	return ""
}

// toolStamps returns what the tools of a recipe are on the disk: a distribution can be replaced in its place.
func toolStamps(r *recipe.Recipe) map[string]stamp.Meta {
	m := map[string]stamp.Meta{r.Link.Tool: stamp.Stat(r.Link.Tool)}
	for _, s := range r.Steps {
		if s.Tool != "" {
			m[s.Tool] = stamp.Stat(s.Tool)
		}
	}
	return m
}

// stripped reports whether a link leaves out debug information, as go run's does unless the user wants it.
func stripped(args []string) bool {
	s, w := false, false
	for _, a := range args {
		s, w = s || a == "-s", w || a == "-w"
		if strings.HasPrefix(a, "-s=") || strings.HasPrefix(a, "-w=") || strings.HasPrefix(a, "--") {
			return false
		}
	}
	return s && w
}

// matchesMore reports whether a package that appears can match the pattern, so that there would be
// two programs, and none to run.
func matchesMore(pattern string) bool {
	return strings.Contains(pattern, "...") || slices.Contains([]string{"all", "cmd", "std", "tool", "work"}, pattern)
}

// refusedFlags says why some flags rule the direct way out.
func refusedFlags(flags []string) string {
	for _, f := range flags {
		name, value, _ := strings.Cut(strings.TrimLeft(f, `'"-`), "=")
		switch name {
		case "overlay", "pgo", "cover", "covermode", "coverpkg", "toolexec", "linkshared", "compiler", "gccgoflags",
			"installsuffix", "pkgdir", "debug-actiongraph", "a", "n", "x", "v", "work", "json":
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

// readRecipe asks the go command for the recipe, the archives and the environment of its tools.
func (d *Session) readRecipe(ctx context.Context) (*recipe.Recipe, map[string]recipe.Listed, error) {
	s := d.setup
	argv := func(verb []string, target []string) []string {
		flags := s.Flags
		if len(flags) > 0 && strings.HasPrefix(strings.TrimLeft(flags[0], "-"), "C=") {
			// The go command wants it first.
			verb, flags = slices.Concat(verb[:1], flags[:1], verb[1:]), flags[1:]
		}
		return slices.Concat([]string{s.Go}, verb, flags, s.ReadFlags, target)
	}
	var env, list, dry []byte
	var errs [3]error
	var wg sync.WaitGroup // three
	wg.Go(func() { env, _, errs[0] = s.Run(ctx, []string{s.Go, "env", "-json"}, s.Dir, s.Env) })
	wg.Go(func() {
		verb := []string{"list", "-export", "-deps", "-json=" + recipe.ListFields}
		list, _, errs[1] = s.Run(ctx, argv(verb, s.Target), s.Dir, s.Env)
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
	if vars["GOCACHEPROG"] != "" {
		// Its files are there until the go command ends, which has closed it before anybody here could read or
		// copy one (cmd/go/internal/cacheprog). Nor does their name say what is in them.
		return nil, nil, errors.New("GOCACHEPROG is set: the archives are its helper's")
	}
	if why := refusedFlags(flags); why != "" {
		return nil, nil, fmt.Errorf("%s in GOFLAGS", why)
	}
	if why := refusedNamed(flags); why != "" {
		if s.Named {
			return nil, nil, fmt.Errorf("%s in GOFLAGS", why)
		}
		d.noNamedSet = why + " in GOFLAGS"
	}
	listed, err := recipe.ParseList(list)
	if err != nil {
		return nil, nil, err
	}
	files := make(map[string][]string)
	for _, p := range s.Packages {
		files[p.ImportPath] = p.GoFiles
	}
	r, err := recipe.Parse(dry, s.Dir, files)
	if err != nil {
		return nil, nil, err
	}
	d.vars, d.env = vars, toolEnv(s.Env, vars)
	return r, listed, nil
}

// toolEnv returns the environment that the go command gives its tools: its own, with every
// variable that `go env` knows set (cmd/go/main.go, since Go 1.9).
func toolEnv(env []string, vars map[string]string) []string {
	var known []string
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		known = append(known, k+"="+vars[k])
	}
	return environ.Set(env, known...)
}

// enterBase enters the archives of the go command under the keys that the sources of the moment
// give them, and compiles what it has no archive of.
func (d *Session) enterBase(ctx context.Context, list map[string]recipe.Listed, files map[string]source) error {
	r, now := d.state.Recipe, sums(files)
	imported := r.Imported()
	exports := make(map[string]string)
	for path, file := range d.state.Cached {
		exports[path] = "archive " + file
	}
	for _, s := range r.Ordered() {
		sources, err := stepSources(s, now)
		if err != nil && s.Refused == "" {
			return Refuse("%v", err)
		}
		if s.Refused != "" {
			// Its recipe names no files; that it did not change is seen by those that it has.
			s.Files = d.filesOf(s.ImportPath)
			if sources, err = stepSources(s, now); err != nil {
				return Refuse("%v", err)
			}
		}
		imports := make(map[string]string)
		for _, i := range s.Imports {
			imports[i] = exports[i]
		}
		key := compileKey(s, sources, imports)
		var b Built
		if s.ImportPath == r.Main {
			if s.Refused != "" {
				return Refuse("the main package cannot be compiled directly: %s", s.Refused)
			}
			c := Compile{Step: s, Key: key, Sources: sources, Imports: make(map[string]string)}
			for _, i := range s.Imports {
				if f, ok := d.state.Imported[i]; ok {
					c.Imports[i] = f.Archive.Path
				} else {
					c.Imports[i] = d.state.Cached[i]
				}
			}
			if b, err = d.compile(ctx, d.setup.Run, c, nil); err != nil {
				return err
			}
		} else {
			file := list[s.ImportPath].Export
			if file == "" {
				return Refuse("package %q has no archive", s.ImportPath)
			}
			if b, err = d.results.Enter(key, file); err != nil {
				return Refuse("%v", err)
			}
		}
		exports[s.ImportPath] = "export " + string(b.Archive.Export[:])
		if imported[s.ImportPath] {
			d.state.Imported[s.ImportPath] = Imported{b.Archive, sources}
		}
	}
	return nil
}

func (d *Session) filesOf(path string) []string {
	for _, p := range d.setup.Packages {
		if p.ImportPath == path {
			return slices.Concat(p.GoFiles, p.EmbedFiles)
		}
	}
	return nil
}
