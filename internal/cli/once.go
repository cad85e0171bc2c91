package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/live"
)

// runOnce builds and becomes the program: the process ID, every signal and the
// exit status are the program's own. It returns only if that failed.
func (c *command) runOnce() (int, error) {
	c.readStreams()
	if !c.hookOnce(live.BeforeBuild, live.PhaseCheck) {
		return statusFailed, nil
	}
	open := c.stores().Open
	if c.flags.Env != nil {
		open = c.stores().Writable // go run alone does not do
	}
	cache, store, err := open()
	if err != nil {
		// The program can be run without a cache, by the go command alone.
		return c.withoutStore(err)
	}
	if err := c.runFiles().Err(); err != nil {
		return 0, err
	}
	s := c.recordedStart(cache, store, false)
	if exe := s.Find(context.Background()); exe != nil {
		status, err := c.become(exe, func() {})
		if err == nil {
			return status, nil
		}
		c.con.Debug("plan")("start: %v", err)
	}
	cfg := c.buildConfig(store)
	cfg.Plain, cfg.Uncached = true, s.Uncached()
	s.PrepareDetached(&cfg)
	b := incremental.NewBuilder(cfg)
	r := b.Start(incremental.NewPlan(nil, b.Known()), nil, os.Stderr).Result()
	b.Close()
	switch {
	case errors.Is(r.Err, incremental.ErrStore):
		s.Abandon()
		return c.withoutStore(r.Err)
	case r.Err != nil:
		c.con.Fail("%v", r.Err)
		c.failOnce(live.PhaseBuild, r.Err.Error(), statusFailed)
		return statusFailed, nil
	case r.Status != 0:
		if c.flags.Bell {
			c.con.Bell()
		}
		c.failOnce(live.PhaseBuild, "build failed", r.Status)
		return r.Status, nil
	}
	return c.become(r.Exe, func() {
		if s.RecordDetached(r.Exe.Entry()) {
			return // the recorder trims
		}
		if err := store.Trim(); err != nil {
			c.con.Debug("plan")("trimming the executable store: %v", err)
		}
	})
}

// become becomes the program, after a last call when nothing else is started any
// more.
func (c *command) become(exe *incremental.Executable, last func()) (int, error) {
	env, err := c.runFiles().Start(exe.Environ)
	if err != nil {
		return 0, err
	}
	spec, err := c.program(exe, env)
	if err != nil {
		return 0, err
	}
	if !c.hookOnce(live.BeforeStart, live.PhaseStart) {
		return statusFailed, nil
	}
	last()
	return become(spec)
}

// withoutStore leaves the program to the go command, with one line that says why.
func (c *command) withoutStore(why error) (int, error) {
	if c.flags.Env != nil {
		// Variables that are the program's alone: with them go run might build something else.
		return 0, fmt.Errorf("%w\ngo run alone cannot give the program the variables of -env", why)
	}
	line, _, _ := strings.Cut(why.Error(), "\n")
	c.con.Fail("%s; go run does it", line)
	if !c.hookOnce(live.BeforeStart, live.PhaseStart) {
		return statusFailed, nil
	}
	return c.becomeGoRun()
}

// becomeGoRun becomes `go run` with the command line less gorun's own flags. With
// rest, the command line is what was understood of it, and that.
func (c *command) becomeGoRun(rest ...string) (int, error) {
	goCmd, err := gocmd.Find(c.env)
	if err != nil {
		return 0, err
	}
	args := append([]string{"go", "run"}, c.line.GoRun()...)
	if rest != nil {
		// Without a package yet, the flags end in "--".
		args = append(args[:len(args)-1], rest...)
	}
	return become(exec.Spec{
		Path: goCmd, Args: args, Env: c.env,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
}

// become replaces gorun by another process, or, where the OS has no execve,
// runs it and returns its status.
func become(spec exec.Spec) (int, error) {
	err := exec.Become(spec)
	var ended *exec.Ended
	if errors.As(err, &ended) {
		return ended.ExitStatus(), nil
	}
	return 0, err
}
