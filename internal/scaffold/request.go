package scaffold

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/project"
	"github.com/gorun-dev/gorun/internal/workdir"
)

// A Request is what a command line says of a new project.
type Request struct {
	Module string
	Dirs   []string // where: none means the default, and more than one is an error
	Dir    string   // to which that is relative, absolute
	Pwd    string   // where the user is; another directory with -C

	GOROOT   func(context.Context) (string, error) // asked where a module may be called like the standard library
	NoGowork bool                                  // GOWORK is given
	Out      io.Writer                             // what was made, and what comes next
}

// ErrUsage is in the errors that say what is wrong with the words of a request.
var ErrUsage = errors.New("usage")

// A usageError is an error with ErrUsage in it.
type usageError struct{ error }

func (e usageError) Unwrap() []error { return []error{ErrUsage, e.error} }

// Do writes the project and prints what was made, and how to run it.
func (r Request) Do(ctx context.Context) error {
	p, err := New(r.Module)
	if err != nil {
		return usageError{err}
	}
	shown := p.DefaultDir()
	switch {
	case len(r.Dirs) > 1:
		return usageError{fmt.Errorf("%q is one directory too many", r.Dirs[1])}
	case len(r.Dirs) == 1:
		shown = r.Dirs[0]
	}
	if !workdir.IsThere(r.Dir) {
		return &gocmd.NoDirectoryError{Dir: r.Dir, Err: fs.ErrNotExist}
	}
	if p.MayBeStandard() {
		goroot, err := r.GOROOT(ctx)
		if err != nil {
			return err
		}
		if err := p.CheckStandard(goroot); err != nil {
			return usageError{err}
		}
	}
	dir := workdir.Absolute(r.Dir, shown)
	files, err := p.Write(ctx, dir)
	if err != nil {
		return err
	}
	if dir == r.Pwd {
		shown = "."
	} else if r.Dir != r.Pwd {
		shown = dir
	}
	workspace := !r.NoGowork && project.Above(dir, "go.work") != ""
	return p.Print(r.Out, Report{Dir: shown, Files: files, Workspace: workspace})
}
