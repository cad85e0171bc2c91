package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/project"
	"github.com/gorun-dev/gorun/internal/scaffold"
)

// newProject writes a new project, and says how to run it.
func (c *command) newProject() (int, error) {
	p, err := scaffold.New(c.flags.New)
	if err != nil {
		return statusUsage, fmt.Errorf("-new: %w", err)
	}
	shown := p.DefaultDir()
	switch dirs := slices.Concat(c.line.Packages, c.line.Args); {
	case len(dirs) > 1:
		return statusUsage, fmt.Errorf("-new takes a module path and one directory, not %q too", dirs[1])
	case len(dirs) == 1:
		shown = dirs[0]
	}
	if !isDirectory(c.dir) {
		return 0, &gocmd.NoDirectoryError{Dir: c.dir, Err: fs.ErrNotExist}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if p.MayBeStandard() {
		vars, err := gocmd.Env(ctx, c.goCmd, c.dir, c.goEnviron())
		if err != nil {
			return 0, err
		}
		if err := p.CheckStandard(vars["GOROOT"]); err != nil {
			return statusUsage, fmt.Errorf("-new: %w", err)
		}
	}
	dir := c.absolute(shown)
	files, err := p.Write(ctx, dir)
	if errors.Is(err, context.Canceled) {
		return statusInterrupted, nil
	} else if err != nil {
		return 0, fmt.Errorf("-new: %w", err)
	}
	if dir == c.pwd {
		shown = "."
	} else if c.line.Chdir != "" {
		shown = dir
	}
	return 0, p.Print(os.Stdout, scaffold.Report{
		Dir: shown, Files: files,
		Workspace: c.getenv("GOWORK") == "" && project.Above(dir, "go.work") != "",
	})
}
