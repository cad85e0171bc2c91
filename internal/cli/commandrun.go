package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/runfiles"
)

// A commandRun is the loop's view of a program that is no Go program: nothing is built, and its
// run files alone start it again.
type commandRun struct {
	*liveRun
	started []string // the words that were started last
	files   *ownWrites
}

// noFiles is the graph of a command.
type noFiles struct{}

func (g noFiles) Classify([]string) (depgraph.Change, live.Graph) { return depgraph.Change{}, g }
func (noFiles) ChangedSince(time.Time) []string                   { return nil }
func (noFiles) SavedSince(time.Time) []string                     { return nil }
func (noFiles) WatchDirs() []string                               { return nil }

// use makes a command line the newest.
func (r *commandRun) use(next configured) {
	r.newest = next
	c, last := next.c, r.files
	globs := c.globs(c.flags.Include)
	r.files = &ownWrites{
		Files: next.files, row: map[string]ownRow{}, own: map[string]bool{},
		included: func(path string) bool {
			return slices.ContainsFunc(globs, func(g runfiles.Glob) bool { return g.Match(path) })
		},
		say: func(path string) {
			c.con.Say("%s is written by the command itself: its changes start nothing any more", c.relative(path))
		},
	}
	if last != nil {
		r.files.started = last.started
	}
}

// deps are what the loop uses, for the newest settings.
func (r *commandRun) deps() live.Deps {
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
		Files: r.files,
		Reconfigure: func(profile string) (*live.Setup, error) {
			next, err := c.reconfiguredFiles(profile)
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

// A commandBuild is over at once: a command is what it says. Two are compared, so it is a pointer.
type commandBuild struct {
	began  time.Time
	result incremental.Result
}

// noBuild is done for every one.
var noBuild = func() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}()

func (b *commandBuild) Started() time.Time         { return b.began }
func (b *commandBuild) Done() <-chan struct{}      { return noBuild }
func (b *commandBuild) Result() incremental.Result { return b.result }
func (b *commandBuild) Cancel()                    {}

// build says whether what runs is the command of a command line.
func (r *commandRun) build(c *command, running *incremental.Executable) live.Build {
	b := &commandBuild{began: time.Now(), result: incremental.Result{How: "command"}}
	if running != nil && slices.Equal(r.started, c.chosen.Command) {
		b.result.Same = true
	} else {
		b.result.Exe = &incremental.Executable{Path: c.chosen.Command[0]}
	}
	return b
}

// start starts the command.
func (r *commandRun) start(v live.Version) (program, error) {
	under := v.Settings.Command.(configured)
	c := under.c
	env, err := under.files.Start(environ.Change{})
	if err != nil {
		return program{}, err
	}
	path := c.chosen.Command[0]
	if !strings.ContainsAny(path, `/\`) {
		file, ok := gocmd.LookUp(environ.Get(env, "PATH"), path)
		if !ok {
			return program{}, fmt.Errorf("there is no %q in PATH", path)
		}
		path = file
	}
	r.started, r.files.started = c.chosen.Command, time.Now()
	return r.member.start(c, exec.Spec{
		Path: path, Args: c.chosen.Command, Env: env, Dir: c.dir,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Signal: c.flags.Signal, Grace: c.flags.Grace, Debug: c.con.Debug("exec"), Listeners: c.listeners,
	})
}
