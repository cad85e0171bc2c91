package initconfig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// A Request is one -init.
type Request struct {
	Operands []string     // what stands behind it: nothing
	Dir      string       // where gorun works: in the project or below
	Pwd      string       // where the user is
	Go       string       // the go command's file
	Env      []string     // gorun's environment
	Keys     []config.Key // of gorun.toml

	Say func(format string, args ...any) // prints a line
}

// ErrOperands says that the command line has more than -init.
var ErrOperands = errors.New("it is for the whole project: nothing stands after it")

// Do writes the file, and says what could not be taken over, and which command comes next.
func (q Request) Do(ctx context.Context) error {
	if len(q.Operands) > 0 {
		return ErrOperands
	}
	files := config.Candidates(q.Dir, environ.Getenv(q.Env))
	if len(files) == 0 {
		return fmt.Errorf("there is no go.mod here or above, beside which %s would stand", config.Name)
	}
	for _, file := range files {
		if _, err := os.Lstat(file); err == nil {
			return &ExistsError{Path: q.relative(file)}
		}
	}
	dir := filepath.Dir(files[0])
	r, err := Read(ctx, Options{
		Dir: dir, Go: q.Go, Env: environ.Set(gocmd.Tune(q.Env), "PWD="+dir), Keys: q.Keys,
	})
	if err != nil {
		return err
	}
	if err := r.Write(files[0]); err != nil {
		return err
	}
	for _, line := range r.Told {
		q.Say("not taken over: %s", line)
	}
	next := "-programs"
	if r.Package != "" {
		next = r.Package
	}
	if to := q.relative(dir); to != "." && (r.Package != "" || q.Dir != q.Pwd) {
		next = "-C " + to + " " + next
	}
	q.Say("%s is written; next: gorun %s", q.relative(files[0]), next)
	return nil
}

// relative is a path as the user would write it.
func (q Request) relative(path string) string {
	if rel, err := filepath.Rel(q.Pwd, path); err == nil {
		return rel
	}
	return path
}
