package live

import (
	"bytes"
	"time"

	"github.com/gorun-dev/gorun/internal/event"
)

// A Phase is what a reload is at, as GORUNDEBUG=phase names it, or what has failed.
type Phase string

// The phases.
const (
	PhaseCheck Phase = "check" // what a save means; generating, before-build
	PhaseBuild Phase = "build"
	PhaseStart Phase = "start" // the end of the version before, before-start, the start itself
	PhaseReady Phase = "ready" // until the program is ready
	PhaseRun   Phase = "run"   // after that
)

// A journal reads what the machine has decided and says it: an event for each
// thing that has happened to whoever listens, the reload line, and what -tell status
// shows of the newest reload. Nothing is decided by it.
type journal struct {
	reloads int           // of which something was told
	last    *event.Reload // the newest thing told of any reload
	at      time.Time     // of the newest event
	line    string        // the newest reload line
	failure []byte        // what was said of why the newest build that has failed did
	phase   Phase
	state   State // the newest that was told
}

// tell stamps an event of a reload.
func (j *journal) tell(now time.Time, profile string, r *reload, e event.Event) effect {
	if r.number < 0 {
		r.number = j.reloads
		j.reloads++
	}
	e.Reload, e.Elapsed = r.number, now.Sub(r.accounted).Seconds()
	r.accounted = now
	e.Time, e.Profile = now, profile
	if e.Time.Before(j.at) {
		e.Time = j.at // the wall clock was set back
	}
	j.at = e.Time
	switch e.Kind {
	case event.Ready, event.Exited, event.Hook:
	default:
		j.last = &event.Reload{
			Number: r.number, Time: e.Time, Event: e.Kind, Elapsed: now.Sub(r.noticed).Seconds(),
			Reason: e.Reason, How: e.How, Errors: e.Errors,
		}
	}
	return tell{e}
}

// isStart reports whether a reload is the first start as far as anybody was told.
func (j *journal) isStart(r *reload) bool { return r.number == 0 || j.reloads == 0 }

// enter says which phase of a reload has begun.
func (j *journal) enter(now time.Time, r *reload, p Phase) []effect {
	if p == j.phase {
		return nil
	}
	j.phase = p
	return []effect{debugf("phase", "%s after %v", p, now.Sub(r.noticed).Round(time.Millisecond))}
}

// knows reports whether this was said of the newest build that has failed.
func (j *journal) knows(failure []byte) bool { return bytes.Equal(failure, j.failure) }

// mismatch says that a direct build was wrong.
func (j *journal) mismatch(report string) effect {
	line := "go build makes another program of these files; it is built again and the direct way is off"
	if report != "" {
		line += "\nplease report " + report
	}
	return failf("%s", line)
}

// The machine's words.

func (m *machine) tell(r *reload, e event.Event) {
	m.emit(m.journal.tell(m.now, m.settings.Profile, r, e))
}

// tellFailed tells of a failure that is no compiler's, which ends a reload, and says
// no to those who wait for a program.
func (m *machine) tellFailed(r *reload, reason, what string) {
	r.over = true
	m.tell(r, event.Event{Kind: event.Failed, Reason: reason, Output: what})
	m.emit(m.requests.failed(what, nil, m.restart != nil)...)
}
