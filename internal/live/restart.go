package live

import (
	"fmt"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/event"
)

// Starting the program again without a build: a file that it reads itself was
// saved, somebody asked for it, or it ended and should not have.

// A rerun is a start of the executable that there is.
type rerun struct {
	*episode        // which it belongs to
	reason   string // in the words of the reload line
	files    bool   // nothing but files asked for it: if they are undone, it is not due
}

// restart starts the program again, as what was built last. It does not wait. A
// build under way may finish first: what it makes starts in any case, and if it
// breaks or makes the same program, the old executable does. Without an
// executable there is nothing to do; the first start is still to come.
func (l *loop) restart(reason string) {
	if l.ending != nil || l.running == nil {
		return
	}
	switch {
	case l.due != nil:
		l.due.reason, l.due.files = reason, false
	case l.current.over || l.pending == nil:
		l.notice()
		fallthrough
	default:
		l.due = &rerun{episode: l.current, reason: reason}
	}
	// Starting a program that has ended may be a rule's doing, which may give up;
	// one that runs is restarted by a person.
	l.acted = l.acted || l.program != nil
	l.rerun()
}

// restartFor has the program start again when the burst is over, if files that it
// reads itself are among those that changed.
func (l *loop) restartFor(change depgraph.Change) {
	read := depgraph.Change{}
	for _, d := range change.Details {
		if d.Kind == depgraph.Restart {
			read.Details = append(read.Details, d)
		}
	}
	if read.Details == nil {
		return
	}
	reason := label(&read, l.opts.Dir)
	if l.opts.Hold && l.program != nil {
		l.Say("%s: changed; gorun -tell restart starts the program again", reason)
		return
	}
	l.carryOn()
	l.lengthen(time.Now())
	if half(read) {
		// A busy machine may keep its writer from going on. A build of half a file
		// does no harm; a program that runs with it may.
		l.quiet.Reset(burstLimit)
	}
	onlyFiles := l.due == nil || l.due.files
	l.restart(reason)
	if l.due != nil {
		l.due.files = onlyFiles
		l.tellOf(l.due.episode, event.Event{Kind: event.Change, Reason: reason, Paths: paths(&read)})
	}
}

// rerun does what is due, unless what is under way does it anyway.
func (l *loop) rerun() {
	switch {
	case l.due == nil || l.ending != nil || l.underway() || l.dirty || !l.burst.IsZero():
	case l.due.files && l.program != nil && l.arrival == nil && l.Files != nil && !l.Files.Stale():
		l.due = nil // undone, or half written when the burst began
	case l.next != nil, l.coming != nil: // starts when the program, or a hook, has ended
	case l.held != nil:
		l.startHeld()
	case l.program == nil:
		l.start(l.running, "")
	case l.arrival != nil:
		// Not ready yet, and started with what does not hold any more.
		a := l.arrival
		l.arrival = nil
		a.program.Kill()
		l.leave(a.program)
		l.startBeside(a.exe, a.how, a.graph)
	case l.opts.Overlap:
		l.startBeside(l.running, "", l.base)
	default:
		l.next, l.nextHow = l.running, ""
		l.enter(PhaseStart)
		l.program.Retire()
	}
}

// take says why an executable that runs, or ran last, is started once more; nil for
// any other. Nothing is due any more: what starts now starts with everything that
// it was due for.
func (l *loop) take(again bool) *rerun {
	due := l.due
	l.due = nil
	if !again {
		return nil
	}
	return due
}

// news says what was started: how it was built, or why it was started again.
func (l *loop) news(due *rerun, how string) {
	e := event.Event{Kind: event.Swapped, Reason: l.why(), How: how, Pid: l.program.Pid()}
	ep := l.current
	if due != nil {
		ep, e.Kind, e.Reason, e.How = due.episode, event.Restarted, due.reason, ""
	}
	l.tellOf(ep, e)
	ep.over = true
	life := l.lives[l.program]
	life.episode = ep
	if due != nil {
		l.line = fmt.Sprintf("%s: restarted in %s", due.reason, ep.took())
	} else {
		l.line = fmt.Sprintf("%s: %s, swapped in %s", e.Reason, how, ep.took())
	}
	switch {
	case due == nil && !l.acted:
	case l.opts.Probe && !life.ready:
		life.line = l.line
	default:
		l.Say("%s", l.line)
	}
}
