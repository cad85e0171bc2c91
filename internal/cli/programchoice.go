package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// A programChoice is one of the programs of -programs: a table of gorun.toml, or a main
// package that was found. Nil is gorun's own command line.
type programChoice struct {
	config.Program
	inFile bool
}

// settings are those of gorun.toml.
func (p *programChoice) settings(file *config.File, profile string) (config.Settings, error) {
	if p == nil || !p.inFile {
		return file.Settings(profile)
	}
	return file.ProgramSettings(p.Name, profile)
}

// use makes a command line that of the program.
func (p *programChoice) use(c *command) {
	if p == nil {
		return
	}
	if p.inFile {
		for _, now := range c.file.Programs() {
			if now.Name == p.Name {
				c.chosen = &programChoice{now, true}
			}
		}
	}
	c.flags.Programs = flags.ProgramNames{}
	c.line.Files, c.line.Packages = false, nil
	if c.chosen.Package != "" {
		c.line.Packages = []string{c.chosen.Package}
	}
}

// words are the command; nil of a Go program.
func (p *programChoice) words() []string {
	if p == nil {
		return nil
	}
	return p.Command
}

// chooseAllPrograms returns the programs that are to run, each after those that it needs.
func (c *command) chooseAllPrograms() ([]*programChoice, error) {
	patterns := slices.Concat(c.line.Packages, c.line.Args)
	var inFile []config.Program
	if c.file != nil {
		inFile = c.file.Programs()
	}
	switch {
	case c.line.Files:
		return nil, errors.New("-programs takes packages, not files")
	case len(patterns) > 0 && len(inFile) > 0:
		return nil, fmt.Errorf("%s has programs: -programs=%s chooses from them, and nothing stands after it",
			c.relative(c.filePath), inFile[0].Name)
	case len(patterns) > 0:
		return c.findPrograms(patterns)
	case len(inFile) == 0:
		return nil, fmt.Errorf("-programs: there is no table [program.NAME] in %s; "+
			"gorun -programs ./cmd/... finds main packages", config.Name)
	}
	// What is relative in the file is so to its directory, whichever the user is in.
	c.dir = filepath.Dir(c.filePath)
	c.pwd, c.line.Chdir = c.dir, ""
	var list []*programChoice
	var add func(name string) error
	add = func(name string) error {
		i := slices.IndexFunc(inFile, func(p config.Program) bool { return p.Name == name })
		if i < 0 {
			return c.file.NoProgram(name)
		}
		if slices.ContainsFunc(list, func(p *programChoice) bool { return p.Name == name }) {
			return nil
		}
		for _, need := range inFile[i].Needs { // there is no cycle
			if err := add(need); err != nil {
				return err
			}
		}
		list = append(list, &programChoice{inFile[i], true})
		return nil
	}
	names := c.flags.Programs.Names
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

// findPrograms finds the main packages of patterns.
func (c *command) findPrograms(patterns []string) ([]*programChoice, error) {
	args := slices.Concat([]string{"list"}, c.line.ListFlags(),
		[]string{"-e", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "--"}, patterns)
	r, err := gocmd.Invocation{Go: c.goCmd, Args: args, Dir: c.dir, Env: c.goEnviron()}.Run(context.Background())
	if err != nil {
		return nil, err
	}
	found := strings.Fields(string(r.Stdout))
	if r.Status != 0 || len(found) == 0 {
		c.con.Output(r.Stderr)
		return nil, fmt.Errorf("-programs: there is no main package in %s", strings.Join(patterns, " "))
	}
	var list []*programChoice
	for _, p := range namePackages(found) {
		if names := c.flags.Programs.Names; names == nil || slices.Contains(names, p.Name) {
			list = append(list, &programChoice{p, false})
		}
	}
	for _, name := range c.flags.Programs.Names {
		if !slices.ContainsFunc(list, func(p *programChoice) bool { return p.Name == name }) {
			return nil, fmt.Errorf("there is no program %q among %s", name, strings.Join(found, " "))
		}
	}
	return list, nil
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// namePackages names main packages after the last element of their import paths, the one
// before a major version; where that is the name of several, with the one before it, too.
func namePackages(paths []string) []config.Program {
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

// of returns the command line of a program.
func (c *command) of(p *programChoice) (*command, error) {
	next, err := parse(c.args, c.env)
	if err != nil {
		return nil, err
	}
	next.con, next.dir, next.pwd, next.goCmd = c.con, c.dir, c.pwd, c.goCmd
	next.line.Chdir = c.line.Chdir
	next.chosen = p
	if err := next.configure(); err != nil {
		return nil, err
	}
	if p.inFile {
		next.line.Chdir = ""
	}
	return next, nil
}
