package cli

import (
	"fmt"

	"github.com/gorun-dev/gorun/internal/hook"
	"github.com/gorun-dev/gorun/internal/live"
)

// startHook starts a hook of a command line; nil if there is none of that name. It waits until after is
// closed, if that is not nil, also if there is no hook.
func (c *command) startHook(hooks *hook.Series, name string, about live.About, after <-chan struct{}) *hook.Run {
	return hooks.Start(hook.Command{
		Args: c.flags.Hooks.Words(name), Dir: c.dir, Env: hook.Environ(c.env, c.dir, name, hook.About{
			Reason: about.Reason, Phase: string(about.Phase), Pid: about.Pid, Status: about.Status,
		}),
		Timeout: c.flags.HookTimeout, Output: c.con.Lines(name), Debug: c.con.Debug("exec"),
	}, name, c.getenv("PATH"), after)
}

// hookOnce runs a hook to its end, for -once, and on-fail after it if it fails,
// which the user is told; then it returns false.
func (c *command) hookOnce(name string, phase live.Phase) bool {
	run := c.startHook(new(hook.Series), name, live.About{Reason: "start"}, nil)
	if run == nil || run.Err() == nil {
		return true
	}
	c.con.Fail("%s: %v", name, run.Err())
	c.failOnce(phase, fmt.Sprintf("%s: %v", name, run.Err()), run.Status())
	return false
}

// failOnce runs on-fail to its end, for -once.
func (c *command) failOnce(phase live.Phase, reason string, status int) {
	run := c.startHook(new(hook.Series), live.OnFail, live.About{Reason: reason, Phase: phase, Status: &status}, nil)
	if run != nil && run.Err() != nil {
		c.con.Fail("%s: %v", live.OnFail, run.Err())
	}
}
