package cli

import (
	"fmt"
	"strings"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/hook"
	"github.com/gorun-dev/gorun/internal/live"
)

// hooks starts the hooks of a command line. Those of one name run one after the
// other. Its methods are for one goroutine.
type hooks struct {
	last map[string]*hook.Run
}

// start starts a hook of a command line; nil if there is none of that name. It waits until
// after is closed, if that is not nil, also if there is no hook.
func (h *hooks) start(c *command, name string, about live.About, after <-chan struct{}) *hook.Run {
	words := c.flags.Hooks.Words(name)
	switch {
	case words == nil && after == nil:
		return nil
	case words == nil:
		return hook.Await(after)
	}
	run := c.startHook(name, words, about, h.last[name], after)
	if h.last == nil {
		h.last = make(map[string]*hook.Run)
	}
	h.last[name] = run
	return run
}

func (c *command) startHook(
	name string, words []string, about live.About, last *hook.Run, after <-chan struct{},
) *hook.Run {
	path := words[0]
	if !strings.ContainsAny(path, `/\`) {
		file, ok := gocmd.LookUp(c.getenv("PATH"), path)
		if !ok {
			return hook.Failed(fmt.Errorf("there is no %q in PATH", path))
		}
		path = file
	}
	command := hook.Command{
		Path: path, Args: words, Dir: c.dir, Env: hook.Environ(c.env, c.dir, name, hook.About{
			Reason: about.Reason, Phase: string(about.Phase), Pid: about.Pid, Status: about.Status,
		}),
		Timeout: c.flags.HookTimeout, Output: c.con.Lines(name), Debug: c.con.Debug("exec"),
	}
	if last != nil {
		command.After = append(command.After, last.Done())
	}
	if after != nil {
		command.After = append(command.After, after)
	}
	return hook.Start(command)
}

// hookOnce runs a hook to its end, for -once, and on-fail after it if it fails,
// which the user is told; then it returns false.
func (c *command) hookOnce(name string, phase live.Phase) bool {
	run := new(hooks).start(c, name, live.About{Reason: "start"}, nil)
	if run == nil || run.Err() == nil {
		return true
	}
	c.con.Fail("%s: %v", name, run.Err())
	c.failOnce(phase, fmt.Sprintf("%s: %v", name, run.Err()), run.Status())
	return false
}

// failOnce runs on-fail to its end, for -once.
func (c *command) failOnce(phase live.Phase, reason string, status int) {
	run := new(hooks).start(c, live.OnFail, live.About{Reason: reason, Phase: phase, Status: &status}, nil)
	if run != nil && run.Err() != nil {
		c.con.Fail("%s: %v", live.OnFail, run.Err())
	}
}
