package cli

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/programs"
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
func (p *programChoice) use(c *command) error {
	if p == nil {
		return nil
	}
	if p.inFile {
		for _, now := range c.file.Programs() {
			if now.Name != p.Name {
				continue
			}
			if (now.Command == nil) != (p.Command == nil) {
				return fmt.Errorf("program.%s: from a package to a command, or back: "+
					"that takes effect when gorun is started again", p.Name)
			}
			c.chosen = &programChoice{now, true}
		}
	}
	c.flags.Programs = flags.ProgramNames{}
	c.line.Files, c.line.Packages = false, nil
	if c.chosen.Package != "" {
		c.line.Packages = []string{c.chosen.Package}
	}
	return nil
}

// words are the command; nil of a Go program.
func (p *programChoice) words() []string {
	if p == nil {
		return nil
	}
	return p.Command
}

// chooseAllPrograms returns the programs that are to run, each after those that it needs.
func (c *command) chooseAllPrograms() (choices []*programChoice, err error) {
	choice := programs.Choice{
		File: c.file, Shown: c.relative(c.filePath), Names: c.flags.Programs.Names,
		Patterns: slices.Concat(c.line.Packages, c.line.Args), GoFiles: c.line.Files,
		List: gocmd.Invocation{
			Go: c.goCmd, Args: append([]string{"list"}, c.line.ListFlags()...), Dir: c.dir, Env: c.goEnviron(),
		},
	}
	list, inFile, said, err := choice.Programs()
	c.con.Output(said)
	for _, p := range list {
		choices = append(choices, &programChoice{p, inFile})
	}
	if inFile {
		// What is relative in the file is so to its directory, whichever the user is in.
		c.dir = filepath.Dir(c.filePath)
		c.pwd, c.line.Chdir = c.dir, ""
	}
	return choices, err
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
