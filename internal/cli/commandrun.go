package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/live"
)

// A commandRun is the loop's view of a program that is no Go program: nothing is built, and its
// run files alone start it again.
type commandRun struct {
	*liveRun
}

// noFiles is the graph of a command.
type noFiles struct{}

func (g noFiles) Classify([]string) (depgraph.Change, live.Graph) { return depgraph.Change{}, g }
func (noFiles) ChangedSince(time.Time) []string                   { return nil }
func (noFiles) SavedSince(time.Time) []string                     { return nil }
func (noFiles) WatchDirs() []string                               { return nil }

// deps are what the loop uses, for the newest settings.
func (r commandRun) deps() live.Deps {
	c := r.newest.c
	return r.member.deps(live.Deps{
		Load:  func(context.Context, live.Graph) (live.Graph, error) { return noFiles{}, nil },
		Build: func(_ *depgraph.Change, running *incremental.Executable) live.Build { return r.build(c, running) },
		Start: func(v live.Version) (live.Program, error) {
			p, err := r.start(v)
			if err != nil {
				return nil, err
			}
			return p, nil
		},
		Hook: func(name string, about live.About) live.Hook {
			if run := r.hooks.start(c, name, about, r.member.needs(name)); run != nil {
				return run
			}
			return nil
		},
		Idle:  func(live.Graph, *incremental.Executable) {},
		Files: r.newest.files,
		Reconfigure: func(profile string) (*live.Setup, error) {
			next, err := c.reconfiguredFiles(profile)
			if err != nil {
				return nil, err
			}
			r.newest = next
			return &live.Setup{Deps: r.deps(), Settings: r.settings()}, nil
		},
		Watch: r.watcher, Signals: r.signals, Requests: r.requests, Event: r.listener,
		Say: c.con.Say, Fail: c.con.Fail, Output: c.con.Output, Debug: c.con.Debug,
	})
}

// build finds the command's file.
func (r commandRun) build(c *command, running *incremental.Executable) live.Build {
	words := c.chosen.Command
	path := words[0]
	if !strings.ContainsAny(path, `/\`) {
		file, ok := gocmd.LookUp(c.getenv("PATH"), path)
		if !ok {
			err := fmt.Errorf("there is no %q in PATH", path)
			return incremental.Finished(incremental.Plan{}, incremental.Result{Err: err})
		}
		path = file
	}
	result := incremental.Result{How: "command", Exe: &incremental.Executable{Path: path}}
	if running != nil && running.Path == path && r.same(c) {
		result.Exe, result.Same = nil, true
	}
	return incremental.Finished(incremental.Plan{}, result)
}

// same reports whether what runs has the arguments of a command line.
func (r commandRun) same(c *command) bool {
	return r.started != nil && strings.Join(r.started, "\x00") == strings.Join(c.chosen.Command, "\x00")
}

// start starts the command.
func (r commandRun) start(v live.Version) (program, error) {
	under := v.Settings.Command.(configured)
	c := under.c
	env, err := under.files.Start(environ.Change{})
	if err != nil {
		return program{}, err
	}
	r.liveRun.started = c.chosen.Command
	return r.member.start(c, exec.Spec{
		Path: v.Exe.Path, Args: c.chosen.Command, Env: env, Dir: c.dir,
		Signal: c.flags.Signal, Grace: c.flags.Grace, Debug: c.con.Debug("exec"), Listeners: c.listeners,
	})
}
