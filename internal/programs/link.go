package programs

import (
	"context"
	"os"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
)

// A Link connects the loop of one program with the supervisor, and with what all programs share. Nil is that
// of a program that runs alone.
type Link struct {
	name     string
	s        *Supervisor
	output   *Lines            // nil where the program has gorun's own streams
	signals  chan os.Signal    // room for the two that count; nobody closes it
	requests chan live.Request // nobody closes it
	needs    chan struct{}     // closed when the program may start
	over     chan struct{}     // closed when the loop has ended
}

func newLink(p Program, s *Supervisor) *Link {
	return &Link{
		name: p.Name, s: s, output: p.Output, signals: make(chan os.Signal, 2), requests: make(chan live.Request),
		needs: make(chan struct{}), over: make(chan struct{}),
	}
}

// A lineTold is a reload line of a program.
type lineTold struct {
	name string
	line live.Reloaded
}

// Needs is closed when the program may start for the first time, for the hook that waits for that; later
// versions of it do not wait: nil.
func (l *Link) Needs(hook string) <-chan struct{} {
	if l == nil || hook != live.BeforeStart {
		return nil
	}
	select {
	case <-l.needs:
		return nil
	default:
		return l.needs
	}
}

// Output is where the program prints; nil to gorun's own streams.
func (l *Link) Output() *Lines {
	if l == nil {
		return nil
	}
	return l.output
}

// Failed says why the loop has ended with an error: it may be a port that another program has.
func (l *Link) Failed(err error, fail func(format string, args ...any)) {
	fail("%v", err)
	if l.output != nil {
		l.output.o.heard(l.name, []byte(err.Error()))
	}
}

// Compiles has a package compiled once for all programs.
func (l *Link) Compiles() *incremental.Compiles {
	if l == nil {
		return nil
	}
	return l.s.compiles
}

// Turns say when the program is linked: the one whose port was used last first, as used says.
func (l *Link) Turns(used func() time.Time) *incremental.ProgramTurns {
	if l == nil {
		return nil
	}
	return l.s.turns.Of(used)
}

// Load loads the package graph, with those of other programs if they load at the same time.
func (l *Link) Load(ctx context.Context, cfg depgraph.Config, prev *depgraph.Graph) (*depgraph.Graph, error) {
	if l == nil {
		return depgraph.Load(ctx, cfg, prev)
	}
	return l.s.loads.load(ctx, cfg, prev)
}

// Settings are those of a program whose end is not gorun's, and that reads no terminal of gorun's.
func (l *Link) Settings(s live.Settings) live.Settings {
	if l != nil {
		s.Stay, s.OneOfMany, s.Terminal = true, true, s.Terminal && l.output == nil
	}
	return s
}

// Deps returns what a loop uses, with the supervisor in the place of the user.
func (l *Link) Deps(d live.Deps) live.Deps {
	if l == nil {
		return d
	}
	d.Signals, d.Requests = l.signals, l.requests
	d.State = func(s live.State) { l.s.send(stateTold{l.name, s}) }
	d.Reloaded = func(line live.Reloaded) { l.s.send(lineTold{l.name, line}) }
	own := d.Event // of the program alone
	d.Event = func(e event.Event) {
		if own != nil {
			own(e)
		}
		e.Program = l.name
		l.s.send(happened{e})
	}
	return d
}

// ask has the loop do something and returns its answer.
func (l *Link) ask(ctx context.Context, r live.Request) live.Answer {
	a, ok := live.Ask(ctx, l.requests, l.over, r)
	switch {
	case ok:
		return a
	case ctx.Err() != nil:
		return live.Answer{Err: context.Cause(ctx).Error()}
	}
	return live.Answer{Err: l.name + " has ended"}
}
