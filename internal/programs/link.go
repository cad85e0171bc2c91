package programs

import (
	"context"
	"os"

	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
)

// A Link connects the loop of one program with the supervisor.
type Link struct {
	name     string
	s        *Supervisor
	signals  chan os.Signal    // room for the two that count; nobody closes it
	requests chan live.Request // nobody closes it
	needs    chan struct{}     // closed when the program may start
	over     chan struct{}     // closed when the loop has ended
}

func newLink(name string, s *Supervisor) *Link {
	return &Link{
		name: name, s: s, signals: make(chan os.Signal, 2), requests: make(chan live.Request),
		needs: make(chan struct{}), over: make(chan struct{}),
	}
}

// A lineTold is a reload line of a program.
type lineTold struct {
	name string
	line live.Reloaded
}

// Needs is closed when what the program needs is ready. It starts then for the first time;
// later versions of it do not wait.
func (l *Link) Needs() <-chan struct{} { return l.needs }

// Deps returns what a loop uses, with the supervisor in the place of the user.
func (l *Link) Deps(d live.Deps) live.Deps {
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
	answer := make(chan live.Answer, 1)
	r.Answer = answer
	select {
	case l.requests <- r:
	case <-l.over:
		return live.Answer{Err: l.name + " has ended"}
	case <-ctx.Done():
		return live.Answer{Err: context.Cause(ctx).Error()}
	}
	select {
	case a := <-answer:
		return a
	case <-l.over:
	case <-ctx.Done():
	}
	select {
	case a := <-answer: // the loop's last
		return a
	default:
		return live.Answer{Err: l.name + " has ended"}
	}
}
