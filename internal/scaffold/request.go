package scaffold

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/project"
)

// A Request is what a command line says of a new project.
type Request struct {
	Module string
	Dirs   []string // where: none means the default, and more than one is an error
	Dir    string   // to which that is relative, absolute
	Pwd    string   // where the user is; another directory with -C

	GOROOT   func(context.Context) (string, error) // asked where a module may be called like the standard library
	NoGowork bool                                  // GOWORK is given
}

// A UsageError says what is wrong with the words of a request.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// Do writes the project and prints what was made, and how to run it.
func (r Request) Do(ctx context.Context, out io.Writer) error {
	p, err := New(r.Module)
	if err != nil {
		return &UsageError{err}
	}
	shown := p.DefaultDir()
	switch {
	case len(r.Dirs) > 1:
		return &UsageError{fmt.Errorf("%q is one directory too many", r.Dirs[1])}
	case len(r.Dirs) == 1:
		shown = r.Dirs[0]
	}
	if !project.IsDirectory(r.Dir) {
		return &gocmd.NoDirectoryError{Dir: r.Dir, Err: fs.ErrNotExist}
	}
	if p.MayBeStandard() {
		goroot, err := r.GOROOT(ctx)
		if err != nil {
			return err
		}
		if err := p.CheckStandard(goroot); err != nil {
			return &UsageError{err}
		}
	}
	dir := filepath.Clean(shown)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.Dir, dir)
	}
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
	return p.Print(out, Report{Dir: shown, Files: files, Workspace: workspace})
}
