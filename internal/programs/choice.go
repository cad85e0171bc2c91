package programs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// A Choice is what a command line says of programs.
type Choice struct {
	File     *config.File     // gorun.toml; nil if there is none
	Shown    string           // its path, as it is printed
	Names    []string         // of -programs; nil for all
	Patterns []string         // of packages, as they stand on the command line
	GoFiles  bool             // the patterns are files
	List     gocmd.Invocation // a `go list` without its patterns
}

// Programs returns the programs of the file that the names ask for, and those that they need, each after those
// that it needs; or the main packages that the patterns match. said is what the go command said where there is
// none.
func (c Choice) Programs() (list []config.Program, inFile bool, said []byte, err error) {
	var tables []config.Program
	if c.File != nil {
		tables = c.File.Programs()
	}
	switch {
	case c.GoFiles:
		return nil, false, nil, errors.New("-programs takes packages, not files")
	case len(c.Patterns) > 0 && len(tables) > 0:
		return nil, false, nil, fmt.Errorf("%s has programs: -programs=%s chooses from them, and nothing stands after it",
			c.Shown, tables[0].Name)
	case len(c.Patterns) > 0:
		list, said, err := c.find()
		return list, false, said, err
	case len(tables) == 0:
		return nil, false, nil, fmt.Errorf("-programs: there is no table [program.NAME] in %s; "+
			"gorun -programs ./cmd/... finds main packages", config.Name)
	}
	list, err = c.choose(tables)
	return list, true, nil, err
}

// choose returns the tables that the names ask for, and those that they need.
func (c Choice) choose(tables []config.Program) (list []config.Program, err error) {
	var add func(name string) error
	add = func(name string) error {
		i := slices.IndexFunc(tables, func(p config.Program) bool { return p.Name == name })
		if i < 0 {
			return c.File.NoProgram(name)
		}
		if slices.ContainsFunc(list, func(p config.Program) bool { return p.Name == name }) {
			return nil
		}
		for _, need := range tables[i].Needs { // there is no cycle
			if err := add(need); err != nil {
				return err
			}
		}
		list = append(list, tables[i])
		return nil
	}
	names := c.Names
	if names == nil {
		for _, p := range tables {
			names = append(names, p.Name)
		}
	}
	for _, name := range names {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// NotChosen says why a program of that name does not run, where words chose from the programs of a file, nil
// for main packages that were found.
func NotChosen(file *config.File, words, name string) string {
	switch {
	case file == nil || len(file.Programs()) == 0:
		return fmt.Sprintf("there is no program %q", name)
	case slices.ContainsFunc(file.Programs(), func(p config.Program) bool { return p.Name == name }):
		return fmt.Sprintf("%s does not run: gorun was started with %s", name, words)
	}
	return file.NoProgram(name).Error()
}

// find returns the main packages that the patterns match, named, those that the names ask for.
func (c Choice) find() (found []config.Program, said []byte, err error) {
	list := c.List
	list.Args = slices.Concat(list.Args, []string{"-e", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "--"},
		c.Patterns)
	r, err := list.Run(context.Background())
	if err != nil {
		return nil, nil, err
	}
	paths := strings.Fields(string(r.Stdout))
	if r.Status != 0 || len(paths) == 0 {
		return nil, r.Stderr, fmt.Errorf("-programs: there is no main package in %s", strings.Join(c.Patterns, " "))
	}
	for _, p := range nameMains(paths) {
		if c.Names == nil || slices.Contains(c.Names, p.Name) {
			found = append(found, p)
		}
	}
	for _, name := range c.Names {
		if !slices.ContainsFunc(found, func(p config.Program) bool { return p.Name == name }) {
			return nil, nil, fmt.Errorf("there is no program %q among %s", name, strings.Join(paths, " "))
		}
	}
	return found, nil, nil
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// nameMains names main packages after the last element of their import paths, the one
// before a major version; where that is the name of several, with the one before it, too.
func nameMains(paths []string) []config.Program {
	elements := func(p string) []string {
		list := strings.Split(p, "/")
		if n := len(list); n > 1 && majorVersion.MatchString(list[n-1]) {
			list = list[:n-1]
		}
		return list
	}
	name := func(p string, n int) string {
		list := elements(p)
		return strings.Join(list[max(0, len(list)-n):], ".")
	}
	var list []config.Program
	for _, p := range paths {
		n := 1
		for n < len(elements(p)) && slices.ContainsFunc(paths, func(other string) bool {
			return other != p && name(other, n) == name(p, n)
		}) {
			n++
		}
		list = append(list, config.Program{Name: cmp.Or(name(p, n), path.Base(p)), Package: p})
	}
	return list
}
