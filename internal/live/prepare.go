package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/event"
)

// Preparing: the steps between a save and the build that follows it. Each has to
// end well; what they write belongs to the same reload.

// A Step is such work in flight, a value as a build is.
type Step interface {
	Done() <-chan struct{}
	Result() StepResult // once Done is closed
	Cancel()            // ends it soon; does not wait
}

// A StepResult is how a step ended.
type StepResult struct {
	Err    error         // why no build may follow, in words for the user; context.Canceled after Cancel
	Output []byte        // other tools' words
	Events []event.Event // what to tell of it, in order
	How    string        // what the reload line says of it; "" if it has done nothing
}

// A Generator knows the //go:generate directives of the program and what they are
// made from: *generate.Generator. No method blocks.
type Generator interface {
	Follow(Graph)                        // the directives are those of this graph from now on
	Look(paths []string) depgraph.Change // what paths (nil: all of them) mean to directives: Generate if one has to run
	WatchDirs() []string                 // where that shows
	Loaded() <-chan struct{}             // WatchDirs says something else now, and everything is to be looked at
	Start() Step                         // runs the directives that have to run; nil if there is none. Waits for an earlier one first
}

// A stage is a place in the order of steps.
type stage int

const (
	generating   stage = iota // directives run again
	hooking                   // before-build
	regenerating              // directives of which that has changed an input
	stages
)

// begin begins the step of a stage, nil if there is nothing to do.
func (l *loop) begin(s stage) Step {
	switch s {
	case generating:
		// Not from files that are being written: what a directive has begun it has
		// to do again.
		if l.Generate != nil && l.graph != nil && l.pending != nil && l.burst.IsZero() {
			return l.Generate.Start()
		}
	case hooking:
		return l.beforeBuild()
	case regenerating:
		if l.pending == nil {
			break
		}
		// An input that was saved in the meantime is what the reload is about, too.
		if made := l.outdated(); made.Kind == depgraph.Generate {
			l.merge(made)
			return l.Generate.Start()
		}
	}
	return nil
}

// prepare goes on to the first step from a stage on, or to the build if there is none.
func (l *loop) prepare(s stage) {
	l.stopStep()
	for ; s < stages; s++ {
		step := l.begin(s)
		if step == nil {
			continue
		}
		if l.build != nil {
			l.build.Cancel()
			l.build = nil
		}
		l.step, l.stage = step, s
		return
	}
	l.beginBuild()
}

func (l *loop) stopStep() {
	if l.step != nil {
		l.step.Cancel()
		l.step = nil
	}
}

func (l *loop) stepDone() <-chan struct{} {
	if l.step == nil {
		return nil
	}
	return l.step.Done()
}

// onStep goes on when a step has ended.
func (l *loop) onStep() {
	r := l.step.Result()
	l.step = nil
	hook := l.stage == hooking
	cancelled := errors.Is(r.Err, context.Canceled)
	if !cancelled && (r.Err != nil || !l.opts.Quiet) {
		l.Output(r.Output)
	}
	for _, e := range r.Events {
		l.tell(e)
	}
	if r.How != "" {
		l.prepared = r.How + ", "
	}
	if l.graph != nil {
		change, next := l.graph.Classify(nil) // what it wrote, before the news of that comes
		l.graph = next
		l.print(change)
		l.absorb(change)
		l.disturbed = l.disturbed || hook && change.Kind > depgraph.Restart
	}
	if hook && l.ending == nil && l.runAgain() {
		l.startBuild()
		return
	}
	if l.dirty || cancelled {
		return // a save has come: it starts over when the burst is over, or gorun is ending
	}
	if r.Err != nil {
		l.acted = l.acted || l.pending != nil
		if l.graph == nil && l.load == nil {
			l.startLoad() // or no save would be noticed
		}
		l.fail(PhaseCheck, r.Err.Error(), 1)
		l.leaveOut()
		l.failed(r.Err.Error(), 1, r.Output)
		return
	}
	l.hooked = l.hooked || hook
	if l.pending != nil && l.compare() < depgraph.Rebuild {
		what := l.label()
		l.forget()
		line := fmt.Sprintf("%s: %s, same program, not restarted (%s)", what, cmp.Or(r.How, "nothing"), l.current.took())
		if r.How != "" {
			l.Say("%s", line)
		}
		l.unchanged(line)
		return
	}
	l.prepare(l.stage + 1)
}

// absorb takes a change into what the build after a step will have in it.
func (l *loop) absorb(change depgraph.Change) {
	if change.Kind < depgraph.Rebuild {
		return
	}
	l.merge(change)
	l.reload = l.reload || change.Kind == depgraph.Reload
	if l.written == nil {
		l.written = map[string]bool{}
	}
	for _, d := range change.Details {
		l.written[d.Path] = true
	}
}

// outdated returns what directives have to run for before a build is right.
func (l *loop) outdated() depgraph.Change {
	if l.Generate == nil || l.graph == nil {
		return depgraph.Change{}
	}
	return l.Generate.Look(nil)
}

// inputs returns what of a change directives are made from.
func inputs(c depgraph.Change) depgraph.Change {
	var made depgraph.Change
	for _, d := range c.Details {
		if d.Kind == depgraph.Generate {
			made.Kind, made.Details = d.Kind, append(made.Details, d)
		}
	}
	return made
}

// leaveOut takes what directives are made from out of what is pending: the next build
// will not have it in it.
func (l *loop) leaveOut() {
	switch {
	case l.pending == nil:
	case l.pending.Kind <= depgraph.Generate:
		l.pending = nil
	default:
		rest := *l.pending
		rest.Details = slices.DeleteFunc(slices.Clone(rest.Details), func(d depgraph.Detail) bool { return d.Kind == depgraph.Generate })
		l.pending = &rest
	}
}

func (l *loop) inputsLoaded() <-chan struct{} {
	if l.Generate == nil {
		return nil
	}
	return l.Generate.Loaded()
}

// onInputs comes when it is known what directives are made from.
func (l *loop) onInputs() {
	if l.graph != nil {
		l.watchGraph()
	}
	l.onBatch(nil, true)
}

// cancel ends what is under way soon; its end is still looked at.
func (l *loop) cancel() {
	if l.step != nil {
		l.step.Cancel()
	}
	if l.build != nil {
		l.build.Cancel()
	}
}

// underway reports whether there will be the result of a build without another save.
func (l *loop) underway() bool { return l.step != nil || l.build != nil }
