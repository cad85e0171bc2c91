package cli

import (
	"context"
	"os"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/extcmd"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/ready"
	"github.com/gorun-dev/gorun/internal/runfiles"
)

// A commandRun is the loop's view of a program that is no Go program: nothing is built, and its
// run files alone start it again.
type commandRun struct {
	*liveRun
	started []string // the words that were started last
	files   *extcmd.OwnWrites
}

// use makes a command line the newest.
func (r *commandRun) use(next configured) {
	r.newest = next
	c := next.c
	included := runfiles.NewGlobs(c.flags.Include, c.dir)
	r.files = extcmd.NewOwnWrites(next.files, included.Match, func(path string) {
		c.con.Say("%s is written by the command itself: its changes start nothing any more", c.relative(path))
	}, r.files)
}

// deps are what the loop uses, for the newest settings.
func (r *commandRun) deps() live.Deps {
	c := r.newest.c
	return r.link.Deps(live.Deps{
		Load: func(context.Context, live.Graph) (live.Graph, error) { return extcmd.NoFiles{}, nil },
		Build: func(_ *depgraph.Change, running *incremental.Executable) live.Build {
			if running == nil {
				return extcmd.NewBuild(c.chosen.Command, nil)
			}
			return extcmd.NewBuild(c.chosen.Command, r.started)
		},
		Start: func(v live.Version) (live.Program, error) {
			p, err := r.start(v)
			if err != nil {
				return nil, err
			}
			return p, nil
		},
		Hook: func(name string, about live.About) live.Hook {
			if run := c.startHook(&r.hooks, name, about, r.link.Needs(name)); run != nil {
				return run
			}
			return nil
		},
		Idle:  func(live.Graph, *incremental.Executable) {},
		Files: r.files,
		Reconfigure: func(profile string) (*live.Setup, error) {
			next, err := c.reconfigured(profile)
			if err != nil {
				return nil, err
			}
			r.use(next)
			return &live.Setup{Deps: r.deps(), Settings: r.settings()}, nil
		},
		Watch: r.watcher, Signals: r.signals, Requests: r.requests, Event: r.listener,
		Say: c.con.Say, Fail: c.con.Fail, Output: c.con.Output, Debug: c.con.Debug,
	})
}

// start starts the command.
func (r *commandRun) start(v live.Version) (ready.Program, error) {
	under := v.Settings.Command.(configured)
	c := under.c
	env, err := under.files.Start(environ.Change{})
	if err != nil {
		return ready.Program{}, err
	}
	path, err := gocmd.FindCommand(environ.Get(env, "PATH"), c.chosen.Command[0])
	if err != nil {
		return ready.Program{}, err
	}
	r.started = c.chosen.Command
	r.files.Started()
	return ready.Start(exec.Spec{
		Path: path, Args: c.chosen.Command, Env: env, Dir: c.dir,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Signal: c.flags.Signal, Grace: c.flags.Grace, Debug: c.con.Debug("exec"), Listeners: c.listeners,
	}, c.flags.Ready.Probe, r.link.Output().Redirect)
}
