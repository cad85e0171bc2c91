package live

import (
	"fmt"
	"slices"
	"syscall"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/event"
)

// Requests: what somebody else than the watcher asks of the loop. Each is answered
// once, when its outcome is known, however many saves come between.

// A Request asks the loop to do something.
type Request struct {
	Do      Do
	Profile string // of DoProfile: its name
	By      string // who asks, in the words of the reload line

	// Answer gets the one answer. It must have room for it: the loop does not
	// wait. Nil if nobody wants to know.
	Answer chan<- Answer
}

// A Do is what can be asked for.
type Do string

// The things that can be asked for, and what they wait for.
const (
	DoRestart Do = "restart" // the program, or the new version of it that is held back, is started again: until it is ready
	DoRebuild Do = "rebuild" // the go command builds it again: until that is the same, or ready
	DoStop    Do = "stop"    // gorun ends: until the program and all that it started has ended
	DoStatus  Do = "status"  // what is going on: at once
	DoProfile Do = "profile" // another profile is used: until its program is ready
)

// An Answer says what became of a request.
type Answer struct {
	Err    string        // why it was not done; "" if it was
	Text   string        // what was done, in the words of the reload line
	Output []byte        // with Err: what the compiler said
	Status *event.Status // of DoStatus; the parts that the loop knows
}

// asked is a request that is not answered yet.
type asked struct {
	Request
	program Program // the one that was started after it was asked; nil before
}

func (a *asked) answer(with Answer) {
	if a.Answer != nil {
		a.Answer <- with
	}
}

func (l *loop) onRequest(r Request) {
	a := &asked{Request: r}
	switch {
	case r.Do == DoStatus:
		s := l.report()
		a.answer(Answer{Status: &s})
	case r.Do == DoStop:
		l.asked = append(l.asked, a)
		l.onStop()
	case l.ending != nil:
		a.answer(Answer{Err: "gorun is ending"})
	case r.Do == DoRestart && l.running == nil && !l.underway() && !l.dirty:
		a.answer(Answer{Err: "there is nothing to start: the build is broken"})
	case r.Do == DoRestart:
		l.asked = append(l.asked, a)
		l.acted = true
		l.restart(r.By)
	case r.Do == DoRebuild:
		l.asked = append(l.asked, a)
		l.rebuild(r.By)
	case r.Do == DoProfile:
		l.onProfile(a)
	default:
		a.answer(Answer{Err: fmt.Sprintf("gorun cannot %s", r.Do)})
	}
}

// onProfile changes to another profile.
func (l *loop) onProfile(a *asked) {
	l.asked = append(l.asked, a)
	kind, err := l.reconfigure("profile "+a.Profile, a.Profile)
	switch {
	case err != nil:
		l.reply(Answer{Err: err.Error()}, func(b *asked) bool { return b == a })
	case kind == depgraph.None:
		l.reply(Answer{Text: fmt.Sprintf("profile %s: nothing to change", l.opts.Profile)}, func(b *asked) bool { return b == a })
	case kind == depgraph.Restart && l.running == nil && !l.underway() && !l.dirty:
		l.reply(Answer{Err: "there is nothing to start: the build is broken"}, func(b *asked) bool { return b == a })
	}
}

// askedFor is the reason of a rebuild that no file is behind.
const askedFor = "asked for"

// rebuild has the go command build the program again, whatever is known of its
// inputs: all of that is looked up anew.
func (l *loop) rebuild(by string) {
	l.base = nil // nothing is the same as the program that runs
	l.acted = true
	l.onChange(depgraph.Change{Kind: depgraph.Reload, Details: []depgraph.Detail{{
		Path: by, Kind: depgraph.Reload, Reason: askedFor,
	}}})
}

// onStop begins to end gorun; the second time the program is killed.
func (l *loop) onStop() {
	if l.program == nil {
		l.exit(0)
		return
	}
	if l.ending != nil {
		l.program.Kill()
		return
	}
	l.cancel()
	l.ending = syscall.SIGTERM
	l.dismiss()
	l.program.Retire() // which knows a grace of its own
}

// wanted reports whether somebody waits for a new version to be started.
func (l *loop) wanted() bool {
	return slices.ContainsFunc(l.asked, func(a *asked) bool { return a.Do != DoStop && a.program == nil })
}

// promise notes the program that those who wait for one will be answered about.
func (l *loop) promise(p Program) {
	for _, a := range l.asked {
		if a.Do != DoStop && a.program == nil {
			a.program = p
		}
	}
}

// keepPromises says yes to those who wait for a program.
func (l *loop) keepPromises(p Program) {
	l.reply(Answer{Text: l.line}, func(a *asked) bool { return a.program == p })
}

// breakPromises is for a program that ended: those who wait for it get the next
// one, if there is to be one.
func (l *loop) breakPromises(p Program) {
	another := l.next != nil || l.arrival != nil || l.coming != nil || l.due != nil || l.underway() || l.dirty
	for _, a := range l.asked {
		if a.program == p && another {
			a.program = nil
			if l.arrival != nil && l.arrival.program != p {
				a.program = l.arrival.program
			}
		}
	}
	out := p.Outcome()
	with := Answer{Text: fmt.Sprintf("the program has ended: %s", out)}
	if out.ExitStatus() != 0 {
		with = Answer{Err: fmt.Sprintf("the program ended before it was ready: %s", out)}
	}
	l.reply(with, func(a *asked) bool { return a.program == p })
}

// refuse says no to those who wait for a program that there will not be, but for
// those for whom the old one is yet to be started again.
func (l *loop) refuse(why string, output []byte) {
	l.reply(Answer{Err: why, Output: output}, func(a *asked) bool {
		return a.Do != DoStop && a.program == nil && (a.Do != DoRestart || l.due == nil)
	})
}

// unchanged says yes to those who wanted a build that came out as what runs.
func (l *loop) unchanged(text string) {
	l.reply(Answer{Text: text}, func(a *asked) bool {
		return a.Do != DoStop && a.program == nil && l.due == nil
	})
}

// reply answers the requests that are chosen.
func (l *loop) reply(with Answer, chosen func(*asked) bool) {
	l.asked = slices.DeleteFunc(l.asked, func(a *asked) bool {
		if !chosen(a) {
			return false
		}
		a.answer(with)
		return true
	})
}

// lastAnswers answers everybody when gorun has ended, and nothing runs any more.
func (l *loop) lastAnswers() {
	l.reply(Answer{Text: "stopped"}, func(a *asked) bool { return a.Do == DoStop })
	l.reply(Answer{Err: "gorun has ended"}, func(*asked) bool { return true })
}

// report is what the loop knows of its state.
func (l *loop) report() event.Status {
	s := event.Status{State: string(l.state), Profile: l.opts.Profile, Reload: l.last, Watched: []string{}}
	if l.graph != nil {
		s.Watched = append(s.Watched, l.graph.WatchDirs()...)
	}
	if l.program != nil {
		life := l.lives[l.program]
		s.Program = &event.Process{Pid: l.program.Pid(), Since: life.since, Ready: life.ready}
	}
	return s
}
