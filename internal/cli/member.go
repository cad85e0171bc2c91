package cli

import (
	"context"
	"strings"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/programs"
)

// A member is what the loop of one program has in common with those of others. Nil is that of
// the only program: nothing.
type member struct {
	link  *programs.Link
	lines *programs.Lines // nil for the only program: it has gorun's own streams
	loads *programs.Loads

	compiles *incremental.Compiles
}

// sharedCompiles has a package compiled once for all programs.
func (m *member) sharedCompiles() *incremental.Compiles {
	if m == nil {
		return nil
	}
	return m.compiles
}

// load loads the package graph, with those of other programs if they load at the same time.
func (m *member) load(ctx context.Context, cfg depgraph.Config, prev *depgraph.Graph) (*depgraph.Graph, error) {
	if m == nil {
		return depgraph.Load(ctx, cfg, prev)
	}
	key := strings.Join(append([]string{cfg.Dir}, cfg.BuildFlags...), "\x00")
	return m.loads.Load(ctx, key, cfg, prev)
}

// deps puts the supervisor in the place of the user.
func (m *member) deps(d live.Deps) live.Deps {
	if m == nil {
		return d
	}
	return m.link.Deps(d)
}

// settings are those of a program whose end is not gorun's, and that reads no terminal of
// gorun's.
func (m *member) settings(s live.Settings) live.Settings {
	if m != nil {
		s.Stay, s.OneOfMany, s.Terminal = true, true, s.Terminal && m.lines == nil
	}
	return s
}

// needs is closed when the program may start for the first time; nil where a hook does not
// wait for that.
func (m *member) needs(hook string) <-chan struct{} {
	if m == nil || hook != live.BeforeStart {
		return nil
	}
	select {
	case <-m.link.Needs():
		return nil
	default:
		return m.link.Needs()
	}
}

// start starts a program with the streams that it is to have.
func (m *member) start(c *command, spec exec.Spec) (program, error) {
	if m == nil || m.lines == nil {
		return c.start(spec)
	}
	var p program
	var report func([]byte)
	if c.flags.Ready.Probe != nil {
		p.watch = c.flags.Ready.Probe.Watch()
		spec.Ready = p.watch.Await
		report = p.watch.Lines()
	}
	streams, err := m.lines.Open(report, spec.ErrorLines)
	spec.ErrorLines = nil
	if err != nil {
		return p, err
	}
	defer streams.Started()
	spec.Stdin, spec.Stdout, spec.Stderr, spec.Apart = streams.Stdin, streams.Stdout, streams.Stderr, true
	p.Program, err = exec.Start(spec)
	return p, err
}
