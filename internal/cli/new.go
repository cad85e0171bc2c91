package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/gorun-dev/gorun/internal/scaffold"
)

// newProject writes a new project, and says how to run it.
func (c *command) newProject() (int, error) {
	q := scaffold.Request{
		Module: c.flags.New, Dirs: slices.Concat(c.line.Packages, c.line.Args), Dir: c.dir, Pwd: c.pwd,
		GOROOT: func(ctx context.Context) (string, error) {
			vars, err := c.graphConfig().GoEnv(ctx)
			return vars["GOROOT"], err
		},
		NoGowork: c.getenv("GOWORK") != "",
		Out:      os.Stdout,
	}
	return writeFiles("-new", scaffold.ErrUsage, q.Do)
}

// writeFiles writes what a flag asks for, unless a signal comes before. usage is in the errors that are about the
// words of the command line.
func writeFiles(flag string, usage error, write func(context.Context) error) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := write(ctx)
	switch {
	case err == nil:
		return 0, nil
	case errors.Is(err, context.Canceled):
		return statusInterrupted, nil
	case errors.Is(err, usage):
		return statusUsage, fmt.Errorf("%s: %w", flag, err)
	}
	return statusFailed, fmt.Errorf("%s: %w", flag, err)
}
