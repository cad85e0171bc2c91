package cli

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/watch"
)

// runLive wires the rooms to the loop and runs it.
func (c *command) runLive() (int, error) {
	cache, store, err := c.writableStore()
	if err != nil {
		return 0, err
	}
	watcher, err := watch.New(watch.Options{
		Backend:  c.flags.watcher.value,
		Interval: c.flags.poll,
		Say:      func(line string) { c.con.Say("%s", line) },
		Debug:    c.con.Debug("watch"),
	})
	if err != nil {
		return 0, err
	}
	defer watcher.Close()
	go c.goenv("") // asked for when the first build is done
	config := c.buildConfig(store)
	config.Engine = incremental.Engine(c.flags.engine.value)
	builder := incremental.NewBuilder(config)
	defer builder.Close()
	go func() {
		if err := store.Trim(); err != nil {
			c.con.Debug("plan")("trimming the executable store: %v", err)
		}
	}()
	starts := c.liveStarts(c.starter(cache, store))
	defer starts.end()
	signals := make(chan os.Signal, 4) // the two that count, and room for a third and a fourth
	defer notify(signals)()

	var hooks hooks
	ports := c.keepPorts()
	defer ports.Close()

	directives := c.generator()
	defer directives.Close()

	return live.Run(live.Rooms{
		Load: c.load,
		Build: func(change *depgraph.Change, running *incremental.Executable) live.Build {
			var out *os.File
			if change == nil {
				out = os.Stderr // as `go run`: downloads show their progress
			}
			build := func() *incremental.Build {
				return builder.Start(incremental.NewPlan(change, builder.Known()), running, out)
			}
			if running == nil {
				if b := starts.first(build); b != nil {
					return b
				}
			}
			return build()
		},
		Generate: directives.room(),
		Start: func(e *incremental.Executable) (live.Program, error) {
			spec, err := c.program(e)
			if err != nil {
				return nil, err
			}
			spec.Ports = ports
			starts.started(e)
			p, err := c.start(spec)
			if err != nil {
				return nil, err
			}
			return p, nil
		},
		Hook: func(name string, about live.About) live.Hook {
			if run := hooks.start(c, name, about); run != nil {
				return run
			}
			return nil
		},
		Idle: func(g live.Graph, running *incremental.Executable) {
			if g, ok := g.(graph); ok {
				builder.Idle(g.Graph, running)
			}
		},
		Alarms:  builder.Alarms(),
		Watch:   watcher,
		Signals: signals,
		Say:     c.con.Say,
		Fail:    c.con.Fail,
		Output:  c.con.Output,
		Debug:   c.con.Debug,
	}, live.Options{
		Stay:     c.flags.watch,
		Overlap:  c.flags.swap.value == "overlap" && ports != nil,
		Terminal: procgroup.HasTerminal(),
		Grace:    c.flags.grace,
		Dir:      c.dir,

		BeforeBuild:  c.flags.hooks.any(live.BeforeBuild),
		Probe:        c.flags.ready.probe != nil,
		ReadyTimeout: c.flags.readyTimeout,
		MustBeReady:  c.getenv("CI") == "true" && !c.flags.watch,
		Restart:      c.flags.restart.value == "on-failure",
		MaxRestarts:  c.flags.maxRestarts,
	}), nil
}

// keepPorts returns nil where the program's ports are not kept, and says why if
// that is not what was asked for.
func (c *command) keepPorts() *exec.Ports {
	overlap := c.flags.swap.value == "overlap"
	var err error
	if c.flags.keep.on {
		var ports *exec.Ports
		if ports, err = exec.KeepPorts(c.con.Debug("exec")); err == nil {
			return ports
		}
	} else {
		err = errors.New("-keep=false")
	}
	switch {
	case overlap:
		c.con.Fail("-swap=overlap needs ports that are kept; replacing instead: %v", err)
	case c.flags.keep.on && c.flags.keep.given:
		c.con.Fail("ports are not kept: %v", err)
	default:
		c.con.Debug("exec")("ports are not kept: %v", err)
	}
	return nil
}

// graph is depgraph's Graph as the loop wants it.
type graph struct{ *depgraph.Graph }

func (g graph) Classify(paths []string) (depgraph.Change, live.Graph) {
	change := depgraph.Classify(g.Graph, paths)
	return change, graph{g.Update(change)}
}

func (g graph) ChangedSince(t time.Time) []string { return g.Graph.ChangedSince(t) }

// load loads the package graph.
func (c *command) load(ctx context.Context, prev live.Graph) (live.Graph, error) {
	var last *depgraph.Graph
	if p, ok := prev.(graph); ok {
		last = p.Graph
	}
	g, err := depgraph.Load(ctx, c.graphConfig(), last)
	// What go/packages decoded is several times what the graph keeps; gorun then
	// sits still for hours.
	debug.FreeOSMemory()
	return graph{g}, err
}

func (c *command) graphConfig() depgraph.Config {
	return depgraph.Config{
		Dir:        c.dir,
		Env:        c.goEnviron(),
		BuildFlags: c.line.ListFlags(),
		Patterns:   c.line.Packages,
		GoEnv: func(ctx context.Context) (map[string]string, error) {
			return gocmd.Env(ctx, c.goCmd, c.dir, c.goEnviron())
		},
	}
}

// goEnviron is the environment of the go commands that look at the folder.
func (c *command) goEnviron() []string {
	return setenv(gocmd.Tune(c.env), "PWD", c.dir)
}

// goenv returns one of the go command's settings, "" where it cannot be had;
// the build then says why. It asks once.
func (c *command) goenv(name string) string {
	c.goenvOnce.Do(func() {
		c.goenvVars, _ = c.graphConfig().GoEnv(context.Background())
	})
	return c.goenvVars[name]
}

// settings are the go command's, asked for when first needed.
type settings struct {
	goenvOnce sync.Once
	goenvVars map[string]string
}
