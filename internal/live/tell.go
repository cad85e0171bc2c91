package live

import (
	"time"

	"github.com/gorun-dev/gorun/internal/event"
)

// What the loop tells of its work: an event for each thing that has happened, to
// whoever listens, and the state of things to whoever asks.

// An episode is a reload as its events tell of it. It begins when something is
// noticed, and goes on for as long as the program that comes of it.
type episode struct {
	number  int       // -1 before the first event
	noticed time.Time // when what began it was noticed
	told    time.Time // up to when its events account for the time
	over    bool      // the reload line was printed, or would be; what is noticed now begins another one
}

// took is how long an episode took up to its last event.
func (ep *episode) took() time.Duration {
	return ep.told.Sub(ep.noticed).Round(time.Millisecond)
}

// notice begins an episode.
func (l *loop) notice() {
	now := time.Now()
	l.current = &episode{number: -1, noticed: now, told: now}
}

// tell tells of something in the current episode. What every event has is added
// here.
func (l *loop) tell(e event.Event) { l.tellOf(l.current, e) }

// tellOf tells of something in an episode.
func (l *loop) tellOf(ep *episode, e event.Event) {
	now := time.Now()
	if ep.number < 0 {
		ep.number = l.episodes
		l.episodes++
	}
	e.Reload, e.Elapsed = ep.number, now.Sub(ep.told).Seconds()
	ep.told = now
	e.Time, e.Profile = now, l.opts.Profile
	if e.Time.Before(l.lastTold) {
		e.Time = l.lastTold // the wall clock was set back
	}
	l.lastTold = e.Time
	switch e.Kind {
	case event.Ready, event.Exited, event.Hook:
	default:
		l.last = &event.Reload{
			Number: ep.number, Time: e.Time, Event: e.Kind, Elapsed: now.Sub(ep.noticed).Seconds(),
			Reason: e.Reason, How: e.How, Errors: e.Errors,
		}
	}
	if l.Event != nil {
		l.Event(e)
	}
}

// why is the current reload's reason, in the words of its line.
func (l *loop) why() string {
	switch {
	case l.pending != nil:
		return l.label()
	case l.current.number == 0 || l.episodes == 0:
		return "start"
	}
	return label(nil, "")
}

// episodeOf is the episode that a start belongs to: that of the restart, or the
// reload's.
func episodeOf(due *rerun, reload *episode) *episode {
	if due != nil {
		return due.episode
	}
	return reload
}

// tellFailed tells of a failure that is no compiler's, and says no to those who
// wait for a program.
func (l *loop) tellFailed(ep *episode, reason, what string) {
	ep.over = true
	l.tellOf(ep, event.Event{Kind: event.Failed, Reason: reason, Output: what})
	l.refuse(what, nil)
}

// A life is what the loop knows of a program from its start to its end.
type life struct {
	*episode
	since  time.Time
	ready  bool
	reason string // why it was started, in the words of the reload line
	line   string // the reload line, if that waits until the program is ready
}

// born notes that a program was started, and why.
func (l *loop) born(p Program, reason string) {
	if l.lives == nil {
		l.lives = make(map[Program]*life)
	}
	l.lives[p] = &life{episode: l.current, since: time.Now(), reason: reason}
	l.promise(p)
	l.awaitReady()
}

// programReady is closed when the program is ready and nobody was told yet.
func (l *loop) programReady() <-chan struct{} {
	if l.program == nil || l.lives[l.program].ready {
		return nil
	}
	return l.program.Ready()
}

// onProgramReady tells that the program can do its work.
func (l *loop) onProgramReady() {
	life := l.lives[l.program]
	life.ready = true
	l.tellOf(life.episode, event.Event{Kind: event.Ready, Pid: l.program.Pid()})
	l.sayReady(life)
	l.keepPromises(l.program)
	l.runHook(AfterReady, About{Reason: life.reason, Pid: l.program.Pid()}, life.episode)
}

// died tells that a program has ended, once.
func (l *loop) died(p Program) {
	life := l.lives[p]
	if life == nil {
		return
	}
	delete(l.lives, p)
	out := p.Outcome()
	status := out.ExitStatus()
	l.tellOf(life.episode, event.Event{Kind: event.Exited, Reason: out.String(), Pid: p.Pid(), Status: &status})
	for _, h := range l.hooks {
		if h.name == AfterReady && h.about.Pid == p.Pid() {
			h.Cancel()
		}
	}
	l.runHook(AfterStop, About{Reason: out.String(), Pid: p.Pid(), Status: &status}, life.episode)
}
