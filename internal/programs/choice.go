package programs

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// Choose returns the programs of a file that names ask for, nil for all, and those that they need, each after
// those that it needs.
func Choose(file *config.File, names []string) ([]config.Program, error) {
	inFile := file.Programs()
	var list []config.Program
	var add func(name string) error
	add = func(name string) error {
		i := slices.IndexFunc(inFile, func(p config.Program) bool { return p.Name == name })
		if i < 0 {
			return file.NoProgram(name)
		}
		if slices.ContainsFunc(list, func(p config.Program) bool { return p.Name == name }) {
			return nil
		}
		for _, need := range inFile[i].Needs { // there is no cycle
			if err := add(need); err != nil {
				return err
			}
		}
		list = append(list, inFile[i])
		return nil
	}
	if names == nil {
		for _, p := range inFile {
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

// FindMains returns the main packages that patterns match, with names, those that names ask for; nil for all.
// list is a `go list` without its patterns. said is what the go command said where there is none.
func FindMains(ctx context.Context, list gocmd.Invocation, patterns, names []string) (
	found []config.Program, said []byte, err error,
) {
	list.Args = slices.Concat(list.Args, []string{"-e", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "--"},
		patterns)
	r, err := list.Run(ctx)
	if err != nil {
		return nil, nil, err
	}
	paths := strings.Fields(string(r.Stdout))
	if r.Status != 0 || len(paths) == 0 {
		return nil, r.Stderr, fmt.Errorf("-programs: there is no main package in %s", strings.Join(patterns, " "))
	}
	for _, p := range nameMains(paths) {
		if names == nil || slices.Contains(names, p.Name) {
			found = append(found, p)
		}
	}
	for _, name := range names {
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
