package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/initconfig"
)

// writeSettings writes the first gorun.toml of the project.
func (c *command) writeSettings() (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := initconfig.Request{
		Operands: slices.Concat(c.line.Packages, c.line.Args), Dir: c.dir, Pwd: c.pwd,
		Go: c.goCmd, Env: c.env, Keys: flags.Keys(), Say: c.con.Say,
	}.Do(ctx)
	switch {
	case errors.Is(err, context.Canceled):
		return statusInterrupted, nil
	case errors.Is(err, initconfig.ErrOperands):
		return statusUsage, fmt.Errorf("-init: %w", err)
	case err != nil:
		return statusFailed, fmt.Errorf("-init: %w", err)
	}
	return 0, nil
}
