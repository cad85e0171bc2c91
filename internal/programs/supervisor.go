package programs

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
)

// A Program is one of those that run together.
type Program struct {
	Name        string
	Needs       []string // programs that must be ready before it starts
	RestartWith []string // programs with which it starts again
	Grace       time.Duration
	Listen      []string // addresses that gorun opens for it
	Output      *Lines   // nil to gorun's own streams

	// Run runs its loop to its end and returns the status. It is called in a goroutine of its
	// own, and again when the program is started after it was stopped.
	Run func(*Link) int
}

// Options are what a Supervisor works with.
type Options struct {
	Programs []Program         // what one needs stands before it
	Stay     bool              // when all programs have ended
	Signals  <-chan os.Signal  // that end everything
	Event    func(event.Event) // nil if nobody listens; it is called by one goroutine at a time
	Say      func(format string, args ...any)
	Fail     func(format string, args ...any)
	Debug    func(format string, args ...any)
}

// A Supervisor runs several loops.
type Supervisor struct {
	o      Options
	roster *roster
	links  map[string]*Link // of the loops that run
	lines  reloadLines

	loads    *loads
	compiles *incremental.Compiles
	turns    *incremental.Turns

	at    time.Time // of the newest event
	waits []condition

	inbox  chan any      // for the goroutine of Run; nobody closes it
	closed chan struct{} // closed at the end of Run
	loops  sync.WaitGroup
}

// A condition is what somebody waits for.
type condition struct {
	holds func(*roster) bool
	done  chan struct{} // closed when it does
}

// linesLimit is how long the first line of a reload waits for those of other programs: a build
// that takes longer has a line of its own.
const linesLimit = 5 * time.Second

// New returns a Supervisor.
func New(o Options) *Supervisor {
	return &Supervisor{
		o: o, roster: newRoster(o.Programs, o.Stay), links: map[string]*Link{},
		loads: newLoads(), compiles: new(incremental.Compiles), turns: incremental.NewTurns(),
		inbox: make(chan any), closed: make(chan struct{}),
	}
}

// Run runs the programs until all have ended, and returns gorun's exit status.
func (s *Supervisor) Run() (status int) {
	defer s.loops.Wait()
	defer close(s.closed)
	var grace, lines *time.Timer
	after := func(t *time.Timer) <-chan time.Time {
		if t == nil {
			return nil
		}
		return t.C
	}
	var e any = begun{}
	for {
		if e != nil {
			for _, f := range s.roster.step(e) {
				s.o.Debug("programs: %s", f)
				switch f := f.(type) {
				case end:
					s.sayLines()
					return f.status
				case armGrace:
					grace = time.NewTimer(f.after)
				default:
					s.do(f)
				}
			}
			s.wake()
		}
		switch {
		case s.lines.complete():
			s.sayLines()
			lines = nil
		case s.lines.some() && lines == nil:
			lines = time.NewTimer(linesLimit)
		}
		e = nil
		select {
		case arrived := <-s.inbox:
			e = s.note(arrived)
		case sig := <-s.o.Signals:
			if sig, ok := sig.(syscall.Signal); ok {
				e = signalled{sig}
			}
		case <-after(grace):
			e = graceOver{}
		case <-after(lines):
			s.sayLines()
			lines = nil
		}
	}
}

// do does an effect.
func (s *Supervisor) do(f effect) {
	switch f := f.(type) {
	case runLoop:
		i := slices.IndexFunc(s.o.Programs, func(p Program) bool { return p.Name == f.name })
		l := newLink(s.o.Programs[i], s)
		s.links[f.name] = l
		s.loops.Go(func() {
			status := s.o.Programs[i].Run(l)
			close(l.over)
			s.send(loopOver{f.name, status})
		})
	case needsMet:
		close(s.links[f.name].needs)
	case endLoop:
		select {
		case s.links[f.name].signals <- f.signal:
		default: // it has been told often enough
		}
	case restart:
		l := s.links[f.name]
		go l.ask(context.Background(), live.Request{Do: live.DoRestart, By: f.with})
	}
}

// note notes what a loop says, and returns what of it the roster is to know.
func (s *Supervisor) note(arrived any) any {
	switch a := arrived.(type) {
	case happened:
		if a.event.Time.Before(s.at) {
			a.event.Time = s.at // two loops have stamped at the same time
		}
		s.at = a.event.Time
		switch a.event.Kind {
		case event.Change:
			s.lines.begin(a.event.Program)
		case event.Swapped, event.Restarted:
			s.lines.started(a.event.Program)
		case event.Failed: // to be built, or to be ready in time: that was said
			s.lines.ended(a.event.Program)
		}
		if s.o.Event != nil {
			s.o.Event(a.event)
		}
		return a
	case stateTold:
		switch a.state {
		case live.Running:
			s.lines.rests(a.name)
		case live.Waiting, live.Holding:
			s.lines.ended(a.name)
		}
	case loopOver:
		delete(s.links, a.name)
		s.lines.ended(a.name)
	case lineTold:
		s.lines.add(a.name, a.line)
		return nil
	case condition:
		s.waits = append(s.waits, a)
		s.wake()
		return nil
	case func():
		a()
		return nil
	}
	return arrived
}

// wake tells those who wait for something that has come.
func (s *Supervisor) wake() {
	s.waits = slices.DeleteFunc(s.waits, func(c condition) bool {
		if !c.holds(s.roster) {
			return false
		}
		close(c.done)
		return true
	})
}

func (s *Supervisor) sayLines() {
	for _, line := range s.lines.take() {
		s.o.Say("%s", line)
	}
}

// send hands something to the goroutine of Run; false if that has ended.
func (s *Supervisor) send(v any) bool {
	select {
	case s.inbox <- v:
		return true
	case <-s.closed:
		return false
	}
}

// Names returns the names of the programs.
func (s *Supervisor) Names() []string {
	var list []string
	for _, p := range s.o.Programs {
		list = append(list, p.Name)
	}
	return list
}

// await waits until something holds of the roster; false if the supervisor, or ctx, ends before.
func (s *Supervisor) await(ctx context.Context, holds func(*roster) bool) bool {
	c := condition{holds, make(chan struct{})}
	if !s.send(c) {
		return false
	}
	select {
	case <-c.done:
		return true
	case <-s.closed:
	case <-ctx.Done():
	}
	return false
}

// errEnded says that nobody answers any more.
const errEnded = "gorun has ended"

// Ask has the loop of a program do something.
func (s *Supervisor) Ask(ctx context.Context, name string, r live.Request) live.Answer {
	found := make(chan *Link, 1)
	need := ""
	if !s.send(func() {
		need = s.roster.waitsFor(s.roster.member(name))
		found <- s.links[name]
	}) {
		return live.Answer{Err: errEnded}
	}
	l := <-found
	switch {
	case l != nil && need != "" && (r.Do == live.DoRestart || r.Do == live.DoRebuild):
		return live.Answer{Err: waitsFor(name, need)}
	case l != nil:
		return l.ask(ctx, r)
	case r.Do == live.DoStatus:
		return live.Answer{Status: &event.Status{State: "stopped", Watched: []string{}}}
	}
	return live.Answer{Err: fmt.Sprintf("%s was stopped; gorun -tell start=%s starts it", name, name)}
}

func waitsFor(name, need string) string {
	return fmt.Sprintf("%s waits for %s, which does not run; gorun -tell start=%s starts it", name, need, need)
}

// Stop ends a program and waits for that.
func (s *Supervisor) Stop(ctx context.Context, name string) live.Answer {
	if !s.send(stopAsked{name}) || !s.await(ctx, func(r *roster) bool { return !r.member(name).loop }) {
		return live.Answer{Err: errEnded}
	}
	return live.Answer{Text: name + " stopped"}
}

// End begins to end everything and waits for that.
func (s *Supervisor) End(ctx context.Context) live.Answer {
	if s.send(signalled{syscall.SIGTERM}) {
		select {
		case <-s.closed:
		case <-ctx.Done():
			return live.Answer{Err: errEnded}
		}
	}
	return live.Answer{Text: "stopped"}
}

// Start starts a program that was stopped, or has ended, and waits until it is ready.
func (s *Supervisor) Start(ctx context.Context, name string) live.Answer {
	var loop, runs bool
	if !s.await(ctx, func(r *roster) bool {
		m := r.member(name)
		loop, runs = m.loop, m.runs
		return !m.told || !m.loop // one that is being stopped has to end first
	}) {
		return live.Answer{Err: errEnded}
	}
	switch {
	case runs:
		return live.Answer{Text: name + " runs already"}
	case loop:
		return s.Ask(ctx, name, live.Request{Do: live.DoRestart, By: "-tell start=" + name})
	}
	ready, need := false, ""
	if !s.send(startAsked{name}) || !s.await(ctx, func(r *roster) bool {
		m := r.member(name)
		ready, need = m.ready, r.waitsFor(m)
		return m.ready || !m.loop || need != "" || !m.runs && m.state == live.Waiting
	}) {
		return live.Answer{Err: errEnded}
	}
	switch {
	case need != "":
		return live.Answer{Err: waitsFor(name, need)}
	case !ready:
		return live.Answer{Err: name + " has not become ready"}
	}
	return live.Answer{Text: name + " started"}
}
