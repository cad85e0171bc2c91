// Package initconfig writes the first gorun.toml of a project (-init) from what starts its programs so far: the files
// of other watchers and process runners, and the main packages.
//
// Its invariants: nothing is guessed, so what a line cannot say as a list of words is told instead, with its place and
// the reason; each line that is written has a comment with the place that it comes from; and what is written is a
// gorun.toml that package config accepts. Files of a project are somebody else's: they are read within bounds, and
// nothing of them is run, but that the go command lists the packages.
//
// The principal functions are [Request.Do], which is -init; [Read], which writes nothing; and [Result.Write], which
// never overwrites a file.
//
//	request.go      where the file stands, and what is printed
//	initconfig.go   from a project to the text of its gorun.toml
//	collect.go      what is found: programs, settings, what could not be taken over
//	mains.go        the main packages
//	write.go        the text, and the file
//	shell.go        a shell's line as lists of words, where it is no more than that
//	chain.go        which program such lines start
//	gobuild.go      a `go build` or `go run` among them
//	watchers.go     lines that call reflex, wgo, gow, nodemon, CompileDaemon, air or templ
//	air.go          .air.toml; airbuild.go: its commands; airtoml.go: its keys with their lines
//	procfile.go     Procfile and Procfile.dev
//	modd.go         modd.conf; moddparse.go: its blocks
//	reflex.go       reflex.conf; patterns.go: patterns, also of regular expressions
//	makefile.go     Makefile; scripts.go: Taskfile.yml and package.json
package initconfig

import (
	"context"
	"errors"
	"fmt"

	"github.com/gorun-dev/gorun/internal/config"
)

// Options say which project it is.
type Options struct {
	Dir  string       // the directory of its go.mod: files are read there, and gorun.toml stands there
	Go   string       // the go command's file
	Env  []string     // its environment
	Keys []config.Key // of gorun.toml
}

// A Result is a gorun.toml that is not written yet.
type Result struct {
	Text    []byte
	Told    []string // what could not be taken over: "FILE:LINE: what: why"
	Package string   // the one program, which gorun is started with; "" if there are several, for -programs
}

// errNothing says that there is nothing that a gorun.toml could be made of.
var errNothing = errors.New("there is no main package here, and no file of another tool that names a program")

// Read reads a project.
func Read(ctx context.Context, o Options) (*Result, error) {
	mains, err := findMains(ctx, o)
	if err != nil {
		return nil, err
	}
	c := &collection{dir: o.Dir, keys: o.Keys, mains: mains, read: make(map[string]bool)}
	c.makefile = c.readMakefile()
	for _, source := range []func(){
		c.airFiles, c.procfiles, c.moddFile, c.reflexFiles, c.makefileLines, c.taskfile, c.packageJSON,
	} {
		source()
	}
	c.mainPrograms()
	if len(c.programs) == 0 && len(c.top) == 0 {
		return nil, errNothing
	}
	r := &Result{Text: c.text(), Told: c.toldLines()}
	if p := c.only(); p != nil {
		r.Package = p.pkg
	}
	// What is written has to be right whatever the files said: a fault here is one of this package.
	if _, err := config.Parse(config.Name, config.Name, r.Text, o.Keys); err != nil {
		return nil, fmt.Errorf("%s would be wrong: %w", config.Name, err)
	}
	return r, nil
}
