package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/execflag"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/ossignal"
	"github.com/gorun-dev/gorun/internal/watch"
)

// runLive runs the loop with everything that it uses.
func (c *command) runLive() (int, error) {
	c.con.Queue() // the loop waits for nobody who reads
	defer ossignal.NotifyBrokenPipe()()
	// Before signals are caught, as reading takes as long as it takes.
	c.readStreams()
	files := c.runFiles()
	if err := files.Err(); err != nil && !c.flags.Watch {
		return 0, err
	}
	c.streams.SayReadOnce(c.relative, c.con.Say)
	stream, err := c.openEvents() // before anything is started
	if err != nil {
		return 0, err
	}
	if stream != nil {
		defer stream.Close()
	}
	cache, store, err := c.liveStore()
	if err != nil {
		return 0, err
	}
	watcher, err := c.watch()
	if err != nil {
		return 0, err
	}
	defer watcher.Close()
	go c.goenv("") // asked for when the first build is done
	go func() {
		if err := store.Trim(); err != nil {
			c.con.Debug("plan")("trimming the executable store: %v", err)
		}
	}()
	signals := make(chan os.Signal, 4) // the two that count, and room for a third and a fourth
	defer ossignal.NotifyEnd(signals)()

	requests := make(chan live.Request)
	defer notifyRestart(requests)()
	server := c.listenForTell(cache, requests)
	defer server.Close()

	ports := c.keepPorts(c.listeners.Given())
	defer ports.Close()

	browsers, stopBrowsers := c.serveBrowsers(ports)
	defer stopBrowsers()

	r := &liveRun{
		cache: cache, store: store, watcher: watcher, signals: signals, ports: ports, front: browsers,
		requests: requests, listener: c.listener(stream, browsers),
	}
	defer r.close()
	r.use(configured{c, files})
	return live.Run(r.deps(), r.settings()), nil
}

// watch returns what notices saves.
func (c *command) watch() (watch.Watcher, error) {
	return watch.New(watch.Options{
		Backend: c.flags.Watcher, Interval: c.flags.Poll,
		Say: func(line string) { c.con.Say("%s", line) }, Debug: c.con.Debug("watch"),
	})
}

// keepPorts returns nil where the program's ports are not kept, and says why if
// that is not what was asked for. With listeners that it is given, the program may
// need no ports that are kept.
func (c *command) keepPorts(given bool) *exec.Ports {
	overlapping := c.flags.Swap == flags.Overlap
	var err error
	if c.flags.Debug.Address != "" {
		err = errors.New("dlv runs the program")
	} else if how := c.execGains(); how != "" {
		err = fmt.Errorf("%q, of -exec, gains privileges by %s, which it would lose", c.line.Exec[0], how)
	} else if c.flags.Keep {
		var ports *exec.Ports
		if ports, err = exec.KeepPorts(c.con.Debug("exec"), func(line string) { c.con.Fail("%s", line) }); err == nil {
			return ports
		}
	} else {
		err = errors.New("-keep=false")
	}
	switch {
	case overlapping && !given:
		c.con.Fail("-swap=overlap needs ports that are kept; replacing instead: %v", err)
	case c.flags.KeepGiven && c.flags.Keep:
		c.con.Fail("ports are not kept: %v", err)
	default:
		c.con.Debug("exec")("ports are not kept: %v", err)
	}
	return nil
}

// execGains says by what the command of -exec would gain privileges that a program with
// kept ports does not get. A command from elsewhere (GOFLAGS) is found out when it starts.
func (c *command) execGains() (how string) {
	if len(c.line.Exec) == 0 {
		return ""
	}
	file, _, err := execflag.Words(c.line.Exec, c.getenv("PATH"), c.getenv)
	if err != nil {
		return ""
	}
	return exec.GainsPrivileges(file, c.dir)
}

// A loadFunc is depgraph.Load, or something like it.
type loadFunc func(context.Context, depgraph.Config, *depgraph.Graph) (*depgraph.Graph, error)

// load loads the package graph.
func (c *command) load(ctx context.Context, prev live.Graph, load loadFunc) (live.Graph, error) {
	var last *depgraph.Graph
	if p, ok := prev.(live.PackageGraph); ok {
		last = p.Graph
	}
	g, err := load(ctx, c.graphConfig(), last)
	// What go/packages decoded is several times what the graph keeps; gorun then
	// sits still for hours.
	debug.FreeOSMemory()
	return live.PackageGraph{Graph: g}, err
}

func (c *command) graphConfig() depgraph.Config {
	return depgraph.Config{
		Dir:        c.dir,
		Env:        c.goEnviron(),
		BuildFlags: c.line.ListFlags(),
		Patterns:   c.line.Packages,
		Exclude:    c.excluded(),
		GoEnv: func(ctx context.Context) (map[string]string, error) {
			return gocmd.Env(ctx, c.goCmd, c.dir, c.goEnviron())
		},
	}
}

// goEnviron is the environment of the go commands that look at the directory.
func (c *command) goEnviron() []string {
	return environ.Set(gocmd.Tune(c.env), "PWD="+c.dir)
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
