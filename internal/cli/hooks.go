package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/goflags"
	"github.com/gorun-dev/gorun/internal/hook"
	"github.com/gorun-dev/gorun/internal/live"
)

// defaultHookTimeout is as long as containers or a database take to come up, or a
// slow generator to end, and short enough for somebody who waits for gorun to end.
const defaultHookTimeout = time.Minute

// hookFlags are the commands of the hooks, by their names.
type hookFlags map[string]*hookFlag

func (f hookFlags) words(name string) []string {
	if h := f[name]; h != nil {
		return h.words
	}
	return nil
}

// any reports whether there is one of these hooks.
func (f hookFlags) any(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return f.words(name) != nil })
}

// A hookFlag is a command, in words as those of -exec: quoted as a whole or not at
// all. An empty one is none.
type hookFlag struct {
	text  string
	words []string
}

func (h *hookFlag) String() string { return h.text }

// Command says that in gorun.toml it is a list of arguments.
func (h *hookFlag) Command() bool { return true }

func (h *hookFlag) Set(s string) error {
	words, err := goflags.Words(s)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		words = nil
	}
	h.text, h.words = s, words
	return nil
}

// hooks starts the hooks of a command line. Those of one name run one after the
// other. Its methods are for one goroutine.
type hooks struct {
	last map[string]*hook.Run
}

// start starts a hook of a command line; nil if there is none of that name.
func (h *hooks) start(c *command, name string, about live.About) *hook.Run {
	words := c.flags.hooks.words(name)
	if words == nil {
		return nil
	}
	run := c.startHook(name, words, about, h.last[name])
	if h.last == nil {
		h.last = make(map[string]*hook.Run)
	}
	h.last[name] = run
	return run
}

func (c *command) startHook(name string, words []string, about live.About, last *hook.Run) *hook.Run {
	path := words[0]
	if !strings.ContainsAny(path, `/\`) {
		file, ok := gocmd.Look(c.getenv("PATH"), path)
		if !ok {
			return hook.Failed(fmt.Errorf("there is no %q in PATH", path))
		}
		path = file
	}
	command := hook.Command{
		Path: path, Args: words, Dir: c.dir, Env: c.hookEnv(name, about),
		Timeout: c.flags.hookTimeout, Output: c.con.Lines(name), Debug: c.con.Debug("exec"),
	}
	if last != nil {
		command.After = last.Done()
	}
	return hook.Start(command)
}

// hookEnv is gorun's own environment and what the hook is told, in variables that
// the README lists. One that does not apply is not set.
func (c *command) hookEnv(name string, about live.About) []string {
	told := map[string]string{"GORUN_HOOK": name, "GORUN_REASON": about.Reason, "GORUN_PHASE": string(about.Phase)}
	told["GORUN_PID"], told["GORUN_STATUS"] = "", ""
	if about.Pid != 0 {
		told["GORUN_PID"] = strconv.Itoa(about.Pid)
	}
	if about.Status != nil {
		told["GORUN_STATUS"] = strconv.Itoa(*about.Status)
	}
	env := slices.DeleteFunc(slices.Clone(c.env), func(kv string) bool {
		variable, _, _ := strings.Cut(kv, "=")
		_, ours := told[variable]
		return ours || variable == "PWD"
	})
	env = append(env, "PWD="+c.dir)
	for _, variable := range []string{"GORUN_HOOK", "GORUN_REASON", "GORUN_PHASE", "GORUN_PID", "GORUN_STATUS"} {
		if told[variable] != "" {
			env = append(env, variable+"="+told[variable])
		}
	}
	return env
}

// hookOnce runs a hook to its end, for -once, and on-fail after it if it fails,
// which the user is told; then it returns false.
func (c *command) hookOnce(name string, phase live.Phase) bool {
	run := new(hooks).start(c, name, live.About{Reason: "start"})
	if run == nil || run.Err() == nil {
		return true
	}
	c.con.Fail("%s: %v", name, run.Err())
	c.failOnce(phase, fmt.Sprintf("%s: %v", name, run.Err()), run.Status())
	return false
}

// failOnce runs on-fail to its end, for -once.
func (c *command) failOnce(phase live.Phase, reason string, status int) {
	run := new(hooks).start(c, live.OnFail, live.About{Reason: reason, Phase: phase, Status: &status})
	if run != nil && run.Err() != nil {
		c.con.Fail("%s: %v", live.OnFail, run.Err())
	}
}
