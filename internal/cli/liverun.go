package cli

import (
	"os"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/runfiles"
	"github.com/gorun-dev/gorun/internal/startcache"
	"github.com/gorun-dev/gorun/internal/watch"
)

// A liveRun is what of a live run outlives a change of its settings, and the
// settings that are in use. But for close, its methods are for the loop's goroutine.
type liveRun struct {
	cache   string
	store   *incremental.Store
	watcher watch.Watcher
	signals chan os.Signal
	ports   *exec.Ports // nil where they are not kept

	requests <-chan live.Request
	listener func(event.Event) // nil if nobody listens

	c       *command
	files   *runfiles.Files
	builder *incremental.Builder
	starts  *startcache.LiveStart
	made    *generator // nil without -generate
	hooks   hooks
	owners  []owner
}

// An owner is the settings that an executable was built under: it starts with its
// own arguments and variables, also when the settings are others by then.
type owner struct {
	exe   *incremental.Executable
	c     *command
	files *runfiles.Files
}

// maxOwners is more than there can be at a time: what runs, what starts in its
// place, and what was built after that.
const maxOwners = 4

// use makes a command line the one in use.
func (r *liveRun) use(c *command, files *runfiles.Files) {
	same := r.c != nil && sameBuild(r.c, c)
	if r.c == nil || !same {
		config := c.buildConfig(r.store)
		config.Engine = incremental.Engine(c.flags.Engine)
		r.close()
		r.builder = incremental.NewBuilder(config)
		r.starts = startcache.NewLiveStart(c.recordedStart(r.cache, r.store))
	}
	if same {
		// What was built before would be built now.
		for i := range r.owners {
			if sameBuild(r.owners[i].c, c) {
				r.owners[i].c, r.owners[i].files = c, files
			}
		}
	}
	if !same || r.c.flags.Generate != c.flags.Generate {
		r.made.Close()
		r.made = c.generator()
	}
	r.c, r.files = c, files
}

// close ends what the settings in use have begun, and waits for that.
func (r *liveRun) close() {
	if r.starts != nil {
		r.made.Close()
		r.made = nil
		r.starts.End()
		r.builder.Close()
	}
}

// sameBuild reports whether two command lines build the same.
func sameBuild(a, b *command) bool {
	return slices.Equal(a.line.Build, b.line.Build) && slices.Equal(a.line.Packages, b.line.Packages) &&
		a.flags.Engine == b.flags.Engine && slices.Equal(a.flags.Exclude, b.flags.Exclude)
}

// sameProgram reports whether two command lines start a program alike.
func sameProgram(a, b *command) bool {
	return slices.Equal(a.line.Args, b.line.Args) && slices.Equal(a.line.Exec, b.line.Exec) && (a.line.Exec == nil) == (b.line.Exec == nil)
}

// rooms are the loop's, for the settings in use.
func (r *liveRun) rooms() live.Rooms {
	c, files, builder, starts := r.c, r.files, r.builder, r.starts
	own := owner{c: c, files: files}
	return live.Rooms{
		Load: c.load,
		Build: func(change *depgraph.Change, running *incremental.Executable) live.Build {
			var out *os.File
			if change == nil && !c.captured() {
				out = os.Stderr // as `go run`: downloads show their progress
			}
			build := func() *incremental.Build {
				return builder.Start(incremental.NewPlan(change, builder.Known()), running, out)
			}
			b := starts.First(build, running != nil)
			if b == nil {
				b = build()
			}
			return ownedBuild{b, r, own, running}
		},
		Start: func(e *incremental.Executable) (live.Program, error) {
			o := r.ownerOf(e)
			env, err := o.files.Start()
			if err != nil {
				return nil, err
			}
			spec, err := o.c.program(e, env)
			if err != nil {
				return nil, err
			}
			spec.Ports = r.ports
			starts.Started(e)
			p, err := o.c.start(spec)
			if err != nil {
				return nil, err
			}
			return p, nil
		},
		Hook: func(name string, about live.About) live.Hook {
			if run := r.hooks.start(c, name, about); run != nil {
				return run
			}
			return nil
		},
		Generate: r.made.room(),
		Idle: func(g live.Graph, running *incremental.Executable) {
			// What is compared with go build's executable, or serves to make the
			// next, must be made from the files as they are.
			if g, ok := g.(graph); ok && !g.Unseen() {
				builder.Idle(g.Graph, running)
			}
		},
		Alarms:      builder.Alarms(),
		Files:       files,
		Reconfigure: r.reconfigure,
		Watch:       r.watcher,
		Signals:     r.signals,
		Requests:    r.requests,
		Event:       r.listener,
		Say:         c.con.Say,
		Fail:        c.con.Fail,
		Output:      c.con.Output,
		Debug:       c.con.Debug,
	}
}

func (r *liveRun) options() live.Options {
	c := r.c
	return live.Options{
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
	}
}

// reconfigure reads gorun.toml again and uses what it says.
func (r *liveRun) reconfigure(profile string) (*live.Setup, error) {
	next, err := r.c.reconfigured(profile)
	if err != nil {
		return nil, err
	}
	files := next.runFiles()
	if err := files.Err(); err != nil {
		return nil, err
	}
	s := &live.Setup{}
	switch {
	case !sameBuild(r.c, next):
		s.Kind = depgraph.Reload
	case !sameProgram(r.c, next) || !files.SameEnviron(r.files):
		s.Kind = depgraph.Restart
	default:
		files.Succeed(r.files)
	}
	r.fixed(next)
	r.use(next, files)
	s.Rooms, s.Options = r.rooms(), r.options()
	return s, nil
}

// fixed says which new settings have to wait for the next gorun.
func (r *liveRun) fixed(next *command) {
	a, b := r.c.flags, next.flags
	if a.Watcher != b.Watcher || a.Poll != b.Poll || a.Keep != b.Keep || !slices.Equal(a.Listen, b.Listen) {
		r.c.con.Say("watcher, poll, keep and listen take effect when gorun is started again")
	}
}

func (r *liveRun) owned(o owner) {
	r.owners = slices.DeleteFunc(r.owners, func(old owner) bool { return old.exe == o.exe })
	r.owners = append(r.owners, o)
	if n := len(r.owners) - maxOwners; n > 0 {
		r.owners = slices.Delete(r.owners, 0, n)
	}
}

func (r *liveRun) ownerOf(e *incremental.Executable) owner {
	if i := slices.IndexFunc(r.owners, func(o owner) bool { return o.exe == e }); i >= 0 {
		return r.owners[i]
	}
	return owner{e, r.c, r.files}
}

// An ownedBuild is a build that knows the settings that it is made under.
type ownedBuild struct {
	*incremental.Build
	r       *liveRun
	owner   owner
	running *incremental.Executable
}

func (b ownedBuild) Result() incremental.Result {
	r := b.Build.Result()
	o := b.owner
	if sameBuild(o.c, b.r.c) {
		o.c, o.files = b.r.c, b.r.files // changed since it began
	}
	if o.exe = r.Exe; r.Same {
		o.exe = b.running // under these settings it is built alike
	}
	if o.exe != nil {
		b.r.owned(o)
	}
	return r
}
