package direct

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/incremental/ahead"
	"github.com/gorun-dev/gorun/incremental/recipe"
)

// The named set is a second set of archives of a program, in which a new function, closure or
// type of a package leaves the package's export data as they were.
//
// The compiler numbers the symbols of a package, and objects of importers refer to them by
// number; one symbol more shifts the others, the numbers stand in the export data, and all
// importers have to be compiled. The compiler's own flag -linkshared makes objects refer to
// each other by name (cmd/internal/obj, isNonPkgSym), so that export data hold no numbers. The
// link stays an ordinary one.
//
// All packages or none: a type that one object refers to by name and another by number has two
// hashes, and the program two tables of its methods, of which errors.Is finds the wrong one. So
// the flag is given for all packages. The go command builds the set once, at low priority, under
// IDs of their own in GOCACHE. When it is complete a new Session is prepared with Setup.Named;
// until Prepare has returned the one without stays in use. Executables of the named set are
// compared with what `go run` makes with the same flag. The build information of that names
// the flag, so for the comparison the executable is linked once more with that line
// (Outcome.AsGoRun); the two links differ in nothing else.
//
// Not chosen: -dynlink or -shared, which change the code that is generated; and patching the
// numbers in importers, which needs a reader and a writer of the compiler's objects.

// NamedFlag is the build flag for the named set.
const NamedFlag = "-gcflags=all=-linkshared"

// NoNamedSet says in words why the named set is not built for the program; "" where it saves
// compiles, and what the compiler's flag changes is known.
func (d *Session) NoNamedSet() string {
	if d.noNamedSet != "" {
		return d.noNamedSet
	}
	if why := refusedNamed(d.setup.Flags); why != "" {
		return why
	}
	if d.setup.Exact {
		return "no named set where lines must be exact"
	}
	r := d.state.Recipe
	for _, s := range r.Steps {
		if i := slices.Index(s.Args, "-goversion"); i >= 0 && !strings.HasPrefix(s.Args[i+1], namedVersion) {
			return "no named set with " + s.Args[i+1]
		}
	}
	if n := mostImporters(r); n < namedImporters {
		return fmt.Sprintf("no named set for %d importers at most", n)
	}
	return ""
}

// Named reports whether the program is built from the named set.
func (d *Session) Named() bool { return d.setup.Named }

// Named reports whether the executable was linked from the named set.
func (o *Outcome) Named() bool { return o.session.Named() }

// namedVersion begins the versions of the compiler in which every use of the flag was read: all
// that it changes besides the references is the name that runtime/trace gives to goroutines
// started with arguments (ssagen.emitWrappedFuncInfo), and that methods of generic instances
// are compiled in each package that has them (noder.readBodies).
const namedVersion = "go1.26"

// namedImporters is how many packages a new function somewhere must cost a compile, so that the
// set is worth its time: that many compiles take as long as a link or two.
const namedImporters = 4

// mostImporters returns how many packages import, directly or not, the one that most do.
func mostImporters(r *recipe.Recipe) int {
	below := make(map[string]map[string]bool) // what each package imports
	count := make(map[string]int)
	for _, s := range r.Ordered() {
		all := make(map[string]bool)
		for _, i := range s.Imports {
			if r.Steps[i] == nil {
				continue
			}
			all[i] = true
			maps.Copy(all, below[i])
		}
		below[s.ImportPath] = all
		for i := range all {
			count[i]++
		}
	}
	most := 0
	for _, n := range count {
		most = max(most, n)
	}
	return most
}

// useLinkInfo gives the link of the named set the build information of the ordinary one, so
// that the program, and `go version -m`, see no flag that the user did not give.
// The two must not differ in anything else.
func (d *Session) useLinkInfo(named, plain *recipe.Recipe) (refused string) {
	a, b := &named.Link, &plain.Link
	sorted := func(list []string) []string { return slices.Sorted(slices.Values(list)) }
	if named.Main != plain.Main || a.Tool != b.Tool || a.Name != b.Name ||
		!slices.Equal(a.Env, b.Env) || !slices.Equal(a.Args, b.Args) ||
		!slices.Equal(sorted(a.Imports), sorted(b.Imports)) || len(a.Other) != len(b.Other) {
		return "the link of the named set is another one"
	}
	d.flaggedOther, a.Other = a.Other, b.Other
	return ""
}

// AsGoRun returns the executable of an outcome as the go command would have made it, for a
// comparison. With the named set that is one whose build information names the flag: it is linked
// for the purpose from the same archives, at low priority. built is where the executable is. The
// caller calls remove after the comparison.
func (o *Outcome) AsGoRun(ctx context.Context, built string) (path string, remove func(), err error) {
	d := o.session
	if d.flaggedOther == nil {
		return built, func() {}, nil
	}
	dir, err := os.MkdirTemp(d.setup.Work, "check")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	run := d.setup.Run
	if d.setup.Idle != nil {
		run = d.setup.Idle
	}
	if o.Ahead {
		// What is compared below is linked by the stock linker: that it would have linked this as well is seen here.
		same, err := d.linksAlike(ctx, run, o.link, built)
		if err != nil || !same {
			remove()
			return built, func() {}, err
		}
	}
	r := *d.state.Recipe
	r.Link.Other = d.flaggedOther
	if path, err = link(ctx, run, d.env, &r, dir, o.link); err != nil {
		remove()
		return "", nil, err
	}
	return path, remove, nil
}

// linksAlike reports whether the stock linker makes the executable that is there.
func (d *Session) linksAlike(ctx context.Context, run Runner, l *Link, built string) (bool, error) {
	dir, err := os.MkdirTemp(d.setup.Work, "stock")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	stock, err := link(ctx, run, d.env, d.state.Recipe, dir, l)
	if err != nil {
		return false, err
	}
	return ahead.SameFiles(built, stock)
}

// refusedNamed says why some flags rule the named set out: with them it was not shown to be right.
func refusedNamed(flags []string) string {
	for _, f := range flags {
		name, _, _ := strings.Cut(strings.TrimLeft(f, `'"-`), "=")
		switch name {
		case "gcflags", "toolexec", "buildmode", "race", "msan", "asan":
			return "no named set with -" + name
		}
	}
	return ""
}
