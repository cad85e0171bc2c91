// Package recipe reads off the go command how it would build a program: the
// command lines of its compiles and of its link, and where its archives are.
//
// The invariant: a line that is not understood is no recipe, never a guess. The
// principal type is Recipe; Parse and ParseList make it from what the go
// command printed. Running the go command, and the command lines, is
// incremental/direct's part.
package recipe

import (
	"encoding/json"
	"maps"
	"slices"
)

// A Recipe is how the go command would build one program: for each package that may be compiled directly the command
// line of its compile and what stands in its importcfg, and the same for the link. It is read off `go run -a -n`, so
// it holds for the very flags, environment and sets of files of the moment; a changed file's content leaves it valid.
//
// Not chosen: composing the command lines from `go list`. The flags depend on the toolchain, go.mod, -race, -trimpath
// and more, and a guess that is nearly right gives a program that is nearly right. Nor `go run -a -x`: that builds.
// Nor the actiongraph of -debug-actiongraph: it lists the commands only of what it really ran.
//
// What the parser does not understand is no recipe. It does understand that a *package* takes steps beyond a compile
// (cgo, assembly): that package is left to the go command, the others are not.
type Recipe struct {
	Dir   string           // where the go command ran; compile and link run there
	Steps map[string]*Step // the packages that a step was wanted for, by import path
	Main  string           // import path of the main package, as the go command names it
	Link  LinkStep
}

// A Step is the compile of one package. Its Args hold the placeholders of an objdir that the go command printed.
type Step struct {
	ImportPath string
	Env        []string // set for the compiler beyond the go command's own environment
	Tool       string   // absolute path of the compiler
	Args       []string // all flags, less -o, -buildid, -importcfg, -embedcfg and -c; Objdir in place of the objdir
	BuildID    int      // length of the build ID
	Jobs       int      // the N of -c=N: the compiler's own concurrency, no part of the result
	Files      []string // absolute, in the go command's order
	Imports    []string // import paths of the packagefile lines, sorted as printed
	ImportMap  []string // importmap lines, as printed
	Embed      []byte   // embedcfg, nil without
	Refused    string   // why this package cannot be compiled directly; empty when it can
}

// A LinkStep is the link of the program.
type LinkStep struct {
	Env     []string
	Tool    string
	Args    []string // all flags, less -o, -importcfg and -buildid
	BuildID int      // length of the build ID
	Imports []string // import paths of the packagefile lines: every package of the program
	Other   []string // other lines of the importcfg: modinfo
	Name    string   // base name of the executable
}

// Objdir stands for the directory that the compiler writes to. A NUL cannot be in a command line's argument.
const Objdir = "\x00objdir"

// strings calls f for each string of the recipe.
func (r *Recipe) strings(f func(*string)) {
	each := func(lists ...[]string) {
		for _, l := range lists {
			for i := range l {
				f(&l[i])
			}
		}
	}
	f(&r.Dir)
	f(&r.Main)
	f(&r.Link.Tool)
	f(&r.Link.Name)
	each(r.Link.Env, r.Link.Args, r.Link.Imports, r.Link.Other)
	steps := make(map[string]*Step, len(r.Steps))
	for _, s := range r.Steps {
		f(&s.ImportPath)
		f(&s.Tool)
		f(&s.Refused)
		each(s.Env, s.Args, s.Files, s.Imports, s.ImportMap)
		steps[s.ImportPath] = s
	}
	r.Steps = steps
}

// Ordered returns the packages with a step, imported ones first.
func (r *Recipe) Ordered() []*Step {
	var list []*Step
	seen := make(map[string]bool)
	var visit func(path string)
	visit = func(path string) {
		s := r.Steps[path]
		if s == nil || seen[path] {
			return
		}
		seen[path] = true
		for _, i := range s.Imports {
			visit(i)
		}
		list = append(list, s)
	}
	for _, path := range slices.Sorted(maps.Keys(r.Steps)) {
		visit(path)
	}
	return list
}

// Imported returns the packages with a step that another one imports.
func (r *Recipe) Imported() map[string]bool {
	m := make(map[string]bool)
	for _, s := range r.Steps {
		for _, i := range s.Imports {
			if r.Steps[i] != nil {
				m[i] = true
			}
		}
	}
	return m
}

// EmbedFiles returns the files that an embedcfg names, sorted (cmd/go/internal/load, and cmd/compile's -embedcfg).
func EmbedFiles(cfg []byte) ([]string, error) {
	if cfg == nil {
		return nil, nil
	}
	var c struct{ Files map[string]string }
	if err := json.Unmarshal(cfg, &c); err != nil {
		return nil, err
	}
	var files []string
	for _, f := range c.Files {
		files = append(files, f)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}
