package live

import (
	"context"
	"fmt"
	"slices"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/event"
)

// A Request asks the loop to do something.
type Request struct {
	Do      Do
	Profile string // of DoProfile: its name
	By      string // who asks, in the words of the reload line

	// Answer gets the one answer. It must have room for it: the loop does not
	// wait. Nil if nobody wants to know.
	Answer chan<- Answer
}

// Ask hands a request to a loop and returns its answer, unless whoever asks is gone before, or the loop: over is
// closed when that has ended; nil where nobody asks any more then.
func Ask(ctx context.Context, requests chan<- Request, over <-chan struct{}, r Request) (Answer, bool) {
	answer := make(chan Answer, 1)
	r.Answer = answer
	select {
	case requests <- r:
	case <-over:
		return Answer{}, false
	case <-ctx.Done():
		return Answer{}, false
	}
	select {
	case a := <-answer:
		return a, true
	case <-over:
	case <-ctx.Done():
	}
	select {
	case a := <-answer: // the loop's last
		return a, true
	default:
		return Answer{}, false
	}
}

// A Do is what can be asked for.
type Do string

// The things that can be asked for, and what they wait for.
const (
	DoRestart Do = "restart" // the program, or its version that is held back, is started again: until it is ready
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

// A pending request is one that is not answered yet.
type pending struct {
	Request
	program int // the first that was started after it was asked; 0 before
}

// waits reports whether a new program has to be started for the request.
func (p *pending) waits() bool { return p.Do != DoStop && p.program == 0 }

// requests are those that are not answered yet. They read what happens to
// programs and builds; each is answered once, when its outcome is known, however many
// saves come between. What is asked for is done elsewhere.
type requests struct{ pending []*pending }

// add notes a request.
func (r *requests) add(request Request) *pending {
	p := &pending{Request: request}
	r.pending = append(r.pending, p)
	return p
}

// waiting reports whether somebody waits for a new version to be started.
func (r *requests) waiting() bool { return slices.ContainsFunc(r.pending, (*pending).waits) }

// started reads that a program was started: those who wait for one will be answered
// about it.
func (r *requests) started(program int) {
	for _, p := range r.pending {
		if p.waits() {
			p.program = program
		}
	}
}

// overtaken reads that a program serves in the place of another one, which need not
// become ready any more.
func (r *requests) overtaken(old, program int) {
	for _, p := range r.pending {
		if p.program == old {
			p.program = program
		}
	}
}

// ready reads that a program is ready.
func (r *requests) ready(program int, line string) []effect {
	return r.answer(Answer{Text: line}, func(p *pending) bool { return p.program == program })
}

// notReady reads that a program was not ready in time.
func (r *requests) notReady(program int, why string) []effect {
	return r.answer(Answer{Err: why}, func(p *pending) bool { return p.program == program })
}

// ended reads that a program has ended. Those who wait for it get the next one,
// if there is to be another: the one that becomes ready, if it is not 0.
func (r *requests) ended(program int, out exec.Outcome, another bool, next int) []effect {
	if another {
		for _, p := range r.pending {
			if p.program == program {
				p.program = next
			}
		}
		return nil
	}
	with := Answer{Text: fmt.Sprintf("the program has ended: %s", out)}
	if out.ExitStatus() != 0 {
		with = Answer{Err: fmt.Sprintf("the program ended before it was ready: %s", out)}
	}
	return r.answer(with, func(p *pending) bool { return p.program == program })
}

// failed reads that there will not be a new version. Restarts are answered too, but
// for a restart of the old version that is still to come.
func (r *requests) failed(why string, output []byte, restart bool) []effect {
	return r.answer(Answer{Err: why, Output: output}, func(p *pending) bool {
		return p.waits() && (p.Do != DoRestart || !restart)
	})
}

// unchanged reads that a build has come out as what runs.
func (r *requests) unchanged(line string, restart bool) []effect {
	return r.answer(Answer{Text: line}, func(p *pending) bool { return p.waits() && !restart })
}

// ending reads that gorun is to end: no new program will be started.
func (r *requests) ending() []effect { return r.answer(Answer{Err: errEnding}, (*pending).waits) }

// close reads that gorun has ended, and nothing runs any more but, in words, what could not
// be killed.
func (r *requests) close(left string) []effect {
	with := Answer{Text: "stopped"}
	if left != "" {
		with = Answer{Err: "gorun has ended; left over, and cannot be killed: " + left}
	}
	effects := r.answer(with, func(p *pending) bool { return p.Do == DoStop })
	return append(effects, r.answer(Answer{Err: "gorun has ended"}, func(*pending) bool { return true })...)
}

// one answers one request; nil is none.
func (r *requests) one(request *pending, with Answer) []effect {
	return r.answer(with, func(p *pending) bool { return p == request })
}

// answer answers the requests that are chosen.
func (r *requests) answer(with Answer, chosen func(*pending) bool) []effect {
	var effects []effect
	r.pending = slices.DeleteFunc(r.pending, func(p *pending) bool {
		if !chosen(p) {
			return false
		}
		effects = append(effects, answer{p.Request, with})
		return true
	})
	return effects
}
