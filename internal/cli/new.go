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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := scaffold.Request{
		Module: c.flags.New, Dirs: slices.Concat(c.line.Packages, c.line.Args), Dir: c.dir, Pwd: c.pwd,
		GOROOT: func(ctx context.Context) (string, error) {
			vars, err := c.graphConfig().GoEnv(ctx)
			return vars["GOROOT"], err
		},
		NoGowork: c.getenv("GOWORK") != "",
	}.Do(ctx, os.Stdout)
	status := 0
	if _, usage := errors.AsType[*scaffold.UsageError](err); usage {
		status = statusUsage
	}
	switch {
	case errors.Is(err, context.Canceled):
		return statusInterrupted, nil
	case err != nil:
		return status, fmt.Errorf("-new: %w", err)
	}
	return 0, nil
}
