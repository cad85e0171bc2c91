package direct

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/incremental/recipe"
)

// Named objects: a second way to compile a program, in which a new function, closure or type of
// a package leaves what its importers know of it as it was.
//
// The compiler numbers the symbols of a package, and objects of importers refer to them by
// number; one symbol more shifts the others, the numbers stand in the export data, and all
// importers have to be compiled. The compiler's own flag -linkshared makes objects refer to
// each other by name (cmd/internal/obj, isNonPkgSym), so that export data hold no numbers. The
// link stays an ordinary one.
//
// All packages or none: a type that one object calls by name and another by number has two
// hashes, and the program two tables of its methods, of which errors.Is finds the wrong one. So
// the flag is given for all, the go command builds the set once, at low priority, under IDs of
// their own in GOCACHE, and the direct way changes over when it is complete: a Session prepared
// with Setup.Named is the changed-over one, and until Prepare has returned there is nothing to
// forget. `go run` with the same flag is then what its executables are compared with, linked
// once more with the build information of that (Outcome.AsGoRun): the two links differ in that
// line and in nothing else.
//
// Not chosen: -dynlink or -shared, which change the code that is generated, and position-independent references by
// patching the numbers in importers, which needs the format of the compiler's objects in both directions.

// NamedFlag is the build flag for named objects.
const NamedFlag = "-gcflags=all=-linkshared"

// Nameless says in words why there are to be no named objects for the program; empty where they
// are worth their while, and what they do is known.
func (d *Session) Nameless() string {
	if d.nameless != "" {
		return d.nameless
	}
	if why := refusedNamed(d.setup.Flags); why != "" {
		return why
	}
	if d.setup.Exact {
		return "no named objects where lines must be exact"
	}
	r := d.state.Recipe
	for _, s := range r.Steps {
		if i := slices.Index(s.Args, "-goversion"); i >= 0 && !strings.HasPrefix(s.Args[i+1], namedVersion) {
			return "no named objects with " + s.Args[i+1]
		}
	}
	if n := mostImporters(r); n < namedImporters {
		return fmt.Sprintf("no named objects for %d importers at most", n)
	}
	return ""
}

// Named reports whether the program is built from named objects.
func (d *Session) Named() bool { return d.setup.Named }

// Named reports whether the executable was linked from named objects.
func (o *Outcome) Named() bool { return o.session.Named() }

// namedVersion begins the versions of the compiler in which every use of the flag was read: all
// that it changes besides the references is the name that runtime/trace gives to goroutines
// started with arguments (ssagen.emitWrappedFuncInfo), and that methods of generic instances
// are compiled in each package that has them (noder.readBodies).
const namedVersion = "go1.26"

// namedImporters is how many packages must be compiled again for a new function somewhere, so that the set is worth its
// time: as many compiles take as long as a link or two.
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

// linkAs makes the link of named objects carry what that of the ordinary ones says of the
// program, so that the program, and `go version -m`, see no flag that the user did not give.
// The two must not differ in anything else.
func (d *Session) linkAs(named, plain *recipe.Recipe) (refused string) {
	a, b := &named.Link, &plain.Link
	if named.Main != plain.Main || a.Tool != b.Tool || a.Name != b.Name || !slices.Equal(a.Env, b.Env) || !slices.Equal(a.Args, b.Args) ||
		!slices.Equal(slices.Sorted(slices.Values(a.Imports)), slices.Sorted(slices.Values(b.Imports))) || len(a.Other) != len(b.Other) {
		return "the link of named objects is another one"
	}
	d.flagged, a.Other = a.Other, b.Other
	return ""
}

// AsGoRun returns the executable of an outcome as the go command makes it, to compare: with
// named objects that is one whose build information names the flag, which is linked for the
// purpose from the same archives, at low priority. remove is to be called when it is compared.
func (o *Outcome) AsGoRun(ctx context.Context, built string) (path string, remove func(), err error) {
	d := o.session
	if d.flagged == nil {
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
	r := *d.state.Recipe
	r.Link.Other = d.flagged
	if path, err = link(ctx, run, d.env, &r, dir, o.link); err != nil {
		remove()
		return "", nil, err
	}
	return path, remove, nil
}

// refusedNamed says why some flags rule named objects out: what was not shown to be right with them is left to numbers.
func refusedNamed(flags []string) string {
	for _, f := range flags {
		name, _, _ := strings.Cut(strings.TrimLeft(f, `'"-`), "=")
		switch name {
		case "gcflags", "toolexec", "buildmode", "race", "msan", "asan":
			return "no named objects with -" + name
		}
	}
	return ""
}
