package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/gorun-dev/gorun/internal/cachedir"
	"github.com/gorun-dev/gorun/internal/project"
	"github.com/gorun-dev/gorun/internal/tell"
)

// tell asks the gorun of this project for something, and ends with what becomes of it: 0
// if it was done, 1 if not, 2 if it is not clear which one is to be asked.
func (c *command) tell() (int, error) {
	if len(c.line.Args) > 0 {
		return statusUsage, fmt.Errorf("-tell takes a package and nothing after it, not %q", c.line.Args[0])
	}
	found, err := c.findOther()
	if choice, ok := errors.AsType[*tell.ChoiceError](err); ok && choice.Several {
		return statusUsage, err
	} else if err != nil {
		return statusFailed, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if c.flags.Tell.Do == "logs" {
		return c.tellLogs(ctx, found)
	}
	reply, err := found.Order(ctx, c.flags.Tell)
	switch {
	case errors.Is(err, context.Canceled):
		return statusInterrupted, nil
	case err != nil:
		return statusFailed, err
	case reply.Error != "":
		c.con.Output([]byte(reply.Output))
		return statusFailed, errors.New(reply.Error)
	case reply.Status == nil:
		c.con.Say("%s", reply.Text)
	case c.flags.Tell.JSON:
		return 0, tell.PrintJSON(os.Stdout, reply.Status)
	default:
		tell.PrintStatus(os.Stdout, reply.Status, time.Now())
	}
	return 0, nil
}

// tellLogs prints what a program has printed.
func (c *command) tellLogs(ctx context.Context, found tell.Found) (int, error) {
	reply, err := found.Logs(ctx, c.flags.Tell, func(line string) { fmt.Println(line) })
	switch {
	case ctx.Err() != nil:
		return statusInterrupted, nil
	case err != nil:
		return statusFailed, err
	case reply.Error != "":
		return statusFailed, errors.New(reply.Error)
	}
	return 0, nil
}

// findOther finds the gorun that is to be asked.
func (c *command) findOther() (tell.Found, error) {
	cache, err := cachedir.Find(c.getenv)
	dirs := tell.Dirs(cache)
	if err != nil && len(dirs) == 0 {
		return tell.Found{}, err
	}
	all, err := tell.Find(dirs...)
	if err != nil {
		return tell.Found{}, err
	}
	choice := tell.Choice{Project: project.Root(c.dir, c.getenv("GOWORK"))}
	if choice.Target, _ = project.Target(c.dir, c.line.Packages, c.line.Files); choice.Target != "" {
		choice.Words = c.line.Packages[0]
	}
	return choice.Of(all)
}
