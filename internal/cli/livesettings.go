package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/front"
	"github.com/gorun-dev/gorun/internal/generate"
	"github.com/gorun-dev/gorun/internal/hook"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/programs"
	"github.com/gorun-dev/gorun/internal/ready"
	"github.com/gorun-dev/gorun/internal/runfiles"
	"github.com/gorun-dev/gorun/internal/startcache"
	"github.com/gorun-dev/gorun/internal/watch"
)

// A liveRun is what of a live run outlives a change of its settings, and what works
// for the newest settings. Except close, its methods are for the loop's goroutine.
type liveRun struct {
	cache   string
	store   *incremental.Store
	watcher watch.Watcher
	signals chan os.Signal
	ports   *exec.Ports  // nil where they are not kept
	front   *front.Front // nil without -browser

	requests <-chan live.Request
	listener func(event.Event) // nil if nobody listens

	link *programs.Link // with -programs: to what several have in common; nil for the only program

	newest  configured
	builder *incremental.Builder
	starts  *startcache.LiveStart
	made    *generate.Steps // nil without -generate
	hooks   hook.Series
}

// configured is a command line with its run files. Each version of the program carries
// the one that it was built under, and starts with its arguments and variables, also when
// the settings are others by then.
type configured struct {
	c     *command
	files *runfiles.Files
}

// BuildsLike reports whether two command lines build the same.
func (a configured) BuildsLike(other live.Command) bool {
	b := other.(configured)
	return slices.Equal(a.c.line.Build, b.c.line.Build) && slices.Equal(a.c.line.Packages, b.c.line.Packages) &&
		a.c.flags.Engine == b.c.flags.Engine && a.c.flags.LinkAhead == b.c.flags.LinkAhead &&
		slices.Equal(a.c.flags.Exclude, b.c.flags.Exclude) && slices.Equal(a.c.chosen.words(), b.c.chosen.words())
}

// StartsLike reports whether two command lines start a program alike.
func (a configured) StartsLike(other live.Command) bool {
	b := other.(configured)
	return slices.Equal(a.c.line.Args, b.c.line.Args) &&
		slices.Equal(a.c.line.Exec, b.c.line.Exec) && (a.c.line.Exec == nil) == (b.c.line.Exec == nil) &&
		a.files.SameEnviron(b.files)
}

// use makes a command line the newest.
func (r *liveRun) use(next configured) {
	c, before := next.c, r.newest
	first := before.c == nil
	if first || !next.BuildsLike(before) {
		config := c.buildConfig(r.store)
		config.Engine = incremental.Engine(c.flags.Engine)
		if !c.captured() {
			config.Progress = c.con.Output
		}
		config.LinkAhead = c.linksAhead()
		config.Compiles, config.Turns = r.link.Compiles(), r.link.Turns(r.ports.LastUse)
		r.close()
		start := c.recordedStart(r.cache, r.store, true)
		r.starts = startcache.NewLiveStart(start)
		if start != nil {
			config.SaveAs, config.Record = start.Key.String(), r.starts.Record
			if c.getenv("CI") != "true" { // nothing may run on when the program has ended
				config.MakeNamedSet = r.starts.MakeNamedSet
			}
		}
		r.builder = incremental.NewBuilder(config)
		r.made = c.generator(r.cache)
	} else if before.c.flags.Generate != c.flags.Generate {
		r.made.Close()
		r.made = c.generator(r.cache)
	}
	r.newest = next
}

// close ends what the newest settings have begun, and waits for that.
func (r *liveRun) close() {
	if r.starts != nil {
		r.made.Close()
		r.made = nil
		r.builder.Close() // first: it records what was built last
		r.starts.End()
	}
}

// deps are what the loop uses, for the newest settings.
func (r *liveRun) deps() live.Deps {
	c, builder, starts := r.newest.c, r.builder, r.starts
	return r.link.Deps(live.Deps{
		Load: func(ctx context.Context, prev live.Graph) (live.Graph, error) {
			g, err := c.load(ctx, prev, r.link.Load)
			if g, ok := g.(live.PackageGraph); ok {
				builder.Follow(g.Graph)
				builder.Restore(g.Graph)
			}
			return g, err
		},
		Build: func(change *depgraph.Change, running *incremental.Executable) live.Build {
			plan := incremental.NewPlan(change, builder.Known())
			if b := starts.First(builder, plan, running); b != nil {
				return b
			}
			return builder.Start(plan, running, nil)
		},
		Start: func(v live.Version) (live.Program, error) {
			p, err := r.start(v)
			if err != nil {
				return nil, err
			}
			return p, nil
		},
		PortsLost: r.portsLost(),
		Hook: func(name string, about live.About) live.Hook {
			if run := c.startHook(&r.hooks, name, about, r.link.Needs(name)); run != nil {
				return run
			}
			return nil
		},
		Generate: r.made.Live(),
		Idle: func(g live.Graph, running *incremental.Executable) {
			// What is compared with go build's executable, or serves to make the
			// next, must be made from the files as they are.
			if g, ok := g.(live.PackageGraph); ok && !g.ExcludedChanged() {
				builder.Idle(g.Graph, running)
			}
		},
		Alarms:      builder.Alarms(),
		Files:       r.newest.files,
		Reconfigure: r.reconfigure,
		Watch:       r.watcher,
		Signals:     r.signals,
		Requests:    r.requests,
		Event:       r.listener,
		Say:         c.con.Say,
		Fail:        c.con.Fail,
		Output:      c.con.Output,
		Debug:       c.con.Debug,
	})
}

// start starts a version under the settings that it carries.
func (r *liveRun) start(v live.Version) (ready.Program, error) {
	if _, err := os.Stat(v.Exe.Path); errors.Is(err, fs.ErrNotExist) {
		return ready.Program{}, fmt.Errorf("cannot start %q: %w", v.Exe.Path, live.ErrNoExecutable)
	}
	under := v.Settings.Command.(configured)
	env, err := under.files.Start(v.Exe.Environ)
	if err != nil {
		return ready.Program{}, err
	}
	spec, err := under.c.program(v.Exe, env)
	if err != nil {
		return ready.Program{}, err
	}
	spec.Ports = r.ports
	r.starts.Started(v.Exe)
	r.store.Starts(v.Exe, !v.Settings.Overlap)
	if r.front == nil {
		return ready.Start(spec, under.c.flags.Ready.Probe, r.link.Output().Redirect)
	}
	output := r.front.Output()
	spec.ErrorLines = output.Line
	p, err := ready.Start(spec, under.c.flags.Ready.Probe, r.link.Output().Redirect)
	if err == nil {
		output.Started(p.Pid())
	}
	return p, err
}

// portsLost is closed when two versions cannot listen at a time any more; nil where what they listen
// on is given to them.
func (r *liveRun) portsLost() <-chan struct{} {
	if r.newest.c.listeners.Given() {
		return nil
	}
	return r.ports.Lost()
}

// settings are the newest, as the loop knows them.
func (r *liveRun) settings() live.Settings {
	c := r.newest.c
	return r.link.Settings(live.Settings{
		Stay:     c.flags.Watch,
		Overlap:  c.flags.Swap == flags.Overlap && (r.ports != nil || c.listeners.Given()),
		Hold:     c.flags.Debug.On,
		Quiet:    c.flags.Quiet,
		Terminal: procgroup.HasTerminal(),
		Grace:    c.flags.Grace,
		Profile:  c.profile,
		Dir:      c.dir,

		BeforeBuild:  c.flags.Hooks.Words(live.BeforeBuild) != nil,
		Probe:        c.flags.Ready.Probe != nil,
		ReadyTimeout: c.flags.ReadyTimeout,
		MustBeReady:  c.getenv("CI") == "true" && !c.flags.Watch,
		Restart:      c.flags.Restart == flags.OnFailure,
		MaxRestarts:  c.flags.MaxRestarts,

		Command: r.newest,
	})
}

// reconfigure reads gorun.toml again and uses what it says.
func (r *liveRun) reconfigure(profile string) (*live.Setup, error) {
	next, err := r.newest.c.reconfigured(profile)
	if err != nil {
		return nil, err
	}
	r.sayFixed(next.c)
	r.use(next)
	return &live.Setup{Deps: r.deps(), Settings: r.settings()}, nil
}

// sayFixed says which new settings have to wait for the next gorun.
func (r *liveRun) sayFixed(next *command) {
	a, b := r.newest.c.flags, next.flags
	if a.Watcher != b.Watcher || a.Poll != b.Poll || a.Keep != b.Keep || !slices.Equal(a.Listen, b.Listen) ||
		a.Browser != b.Browser {
		r.newest.c.con.Say("watcher, poll, keep, listen and browser take effect when gorun is started again")
	}
}
