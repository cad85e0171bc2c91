package generate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A Run is directives being run, one after the other, until none has to run any
// more or one fails.
type Run struct {
	g      *Generator
	cancel context.CancelFunc
	done   chan struct{} // closed when nothing is written any more
	result Result        // once done is closed

	over    bool                  // it has ended or was cancelled: nothing runs of which a save matters; guarded by g.mu
	current *Directive            // that runs; guarded by g.mu
	before  map[string]stamp.Meta // its directory before it ran; guarded by g.mu
}

// A Result is how a Run ended.
type Result struct {
	Err    error         // a directive failed, or context.Canceled
	Output []byte        // what the directives said
	Ran    int           // how many times a directive ended well
	Events []event.Event // one for each run of a directive
}

// Start runs the directives that have to run; nil if there is none. It ends a Run
// under way, and nothing begins before that has ended.
func (g *Generator) Start() *Run {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.startLocked()
}

// StartUnknown runs, with those that have to run, the directives of which neither this
// session nor an earlier one knows that they have ever run, or what they write; nil if there
// is none. It is for a first build that fails: in a fresh clone what they write is not there.
// What has run in this session is left out, so that a second call finds no more of them.
func (g *Generator) StartUnknown() *Run {
	g.mu.Lock()
	defer g.mu.Unlock()
	found := false
	for _, d := range g.directives {
		st := g.states[d.key()]
		var why string
		switch {
		case !st.known:
			why = "the build fails, and nothing is known of it"
		case !st.ran && len(st.outputs) == 0:
			why = "the build fails, and it is not known what it writes"
		default:
			continue
		}
		found = true
		if st.runReason == "" {
			st.runReason = why
		}
	}
	if !found {
		return nil
	}
	return g.startLocked()
}

func (g *Generator) startLocked() *Run {
	found := false
	for _, d := range g.directives {
		because, paths := g.reason(d)
		if because != "" && (!g.states[d.key()].waitsForInput || len(paths) > 0) {
			found = true
			break
		}
	}
	if !found {
		return nil
	}
	before := g.run
	if before != nil {
		before.cancelLocked()
	}
	ctx, cancel := context.WithCancel(g.ctx)
	r := &Run{g: g, cancel: cancel, done: make(chan struct{})}
	g.run = r
	g.wg.Go(func() {
		defer close(r.done)
		defer cancel()
		if before != nil {
			<-before.done
		}
		r.result = r.carryOut(ctx)
	})
	return r
}

// Done is closed when the run has ended.
func (r *Run) Done() <-chan struct{} { return r.done }

// Result returns how it ended, once Done is closed.
func (r *Run) Result() Result {
	<-r.done
	return r.result
}

// Cancel ends the run soon. The directive that is interrupted has to run again.
func (r *Run) Cancel() {
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	r.cancelLocked()
}

func (r *Run) cancelLocked() {
	if !r.over && r.current != nil {
		r.g.states[r.current.key()].runReason = "it was interrupted"
	}
	r.over = true
	r.cancel()
}

func (r *Run) carryOut(ctx context.Context) Result {
	var res Result
	runs := map[string]int{}
	for {
		r.g.loadTools(ctx)
		d, more := r.begin(runs)
		if !more {
			break
		}
		started := time.Now()
		out, err := r.g.execute(ctx, d.Directive)
		res.Output = append(res.Output, out.Stderr...)
		if !r.end(ctx, d, err == nil && out.Status == 0) {
			break
		}
		e := event.Event{Kind: event.Generate, Name: d.command(), Reason: d.Because, Status: &out.Status}
		e.Elapsed = time.Since(started).Seconds()
		if err != nil || out.Status != 0 {
			e.Kind, e.Output = event.Failed, string(out.Stderr)
			res.Err = fmt.Errorf("%s failed", r.g.describe(d.Directive))
			if err != nil {
				res.Err = fmt.Errorf("%w: %w", res.Err, err)
			}
		} else {
			res.Ran++
		}
		res.Events = append(res.Events, e)
		runs[d.key()]++
		if res.Err != nil {
			break
		}
	}
	if ctx.Err() != nil {
		res.Err = context.Canceled
	}
	if err := r.g.saveRecords(runs); err != nil {
		r.g.cfg.Debug("generate: what directives were made from is not remembered: %v", err)
	}
	r.g.signalLoaded() // what it has written may be an input, in another directory
	return res
}

// begin picks the directive that runs next.
func (r *Run) begin(runs map[string]int) (Planned, bool) {
	g := r.g
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.over {
		return Planned{}, false
	}
	plan := g.planNow()
	d, more := plan.next(runs)
	if !more {
		r.over = true
		g.stopRepeating(plan)
		return Planned{}, false
	}
	g.cfg.Debug("generate: %s", plan)
	r.current, r.before = d.Directive, g.listDir(d.Directive)
	g.states[d.key()].started(inputsOf(d.Directive, g.findTool(d.Directive), &g.observer))
	return d, true
}

// end notes how a directive has ended; it reports false if that was by a cancel.
func (r *Run) end(ctx context.Context, d Planned, good bool) bool {
	g := r.g
	g.mu.Lock()
	defer g.mu.Unlock()
	r.current = nil
	if r.over || ctx.Err() != nil {
		r.over = true
		g.states[d.key()].runReason = "it was interrupted"
		return false
	}
	g.rereadAll()
	g.states[d.key()].ended(inputsOf(d.Directive, g.findTool(d.Directive), &g.observer), good)
	if good {
		st := g.states[d.key()]
		st.outputs = g.findOutputs(d.Directive, r.before, st.outputs)
		return true
	}
	// The rest of the plan does not run now, nor at a save of a file that is no input
	// of it.
	r.over = true
	for _, rest := range g.planNow() {
		if st := g.states[rest.key()]; rest.key() != d.key() {
			st.started(inputsOf(rest.Directive, g.findTool(rest.Directive), &g.observer))
			st.runReason, st.waitsForInput = rest.Because, true
		}
	}
	return true
}

// saveRecords remembers what the directives that have run were made from.
func (g *Generator) saveRecords(runs map[string]int) error {
	records := map[*Directive]*record{}
	g.mu.Lock()
	for _, d := range g.directives {
		if r := g.states[d.key()].record(); r != nil && runs[d.key()] > 0 {
			records[d] = r
		}
	}
	g.mu.Unlock()
	m := memory(g.cfg.Memory)
	for d, r := range records {
		if err := m.save(d, r); err != nil {
			return err
		}
	}
	if len(records) > 0 && m != "" {
		m.trim(time.Now())
	}
	return nil
}

// rereadAll reads what a directive may have written.
func (g *Generator) rereadAll() {
	var c depgraph.Change
	g.readChanges(nil, &c)
}

// stopRepeating is for directives that have run maxRuns times and would run again. They
// count as up to date, and a line says so.
func (g *Generator) stopRepeating(plan Plan) {
	if len(plan) == 0 {
		return
	}
	var names []string
	for _, d := range plan {
		names = append(names, d.name())
		_, paths := g.reason(d.Directive)
		g.states[d.key()].acceptOwnInputs(inputsOf(d.Directive, g.findTool(d.Directive), &g.observer), paths)
	}
	g.cfg.Say("go:generate: run %d times, and there is always another change of what it is made from: %s\n"+
		"name what a directive reads in //gorun:input, not what it writes (last: %s)",
		maxRuns, strings.Join(names, ", "), plan[0].Because)
}

// execute runs a directive by go generate, which sets its environment.
func (g *Generator) execute(ctx context.Context, d *Directive) (gocmd.Result, error) {
	return gocmd.Invocation{
		Go:       g.cfg.Go,
		Args:     []string{"generate", d.runFlag(), d.File},
		Dir:      g.cfg.Dir,
		Env:      environ.Set(g.cfg.Env, "PWD="+g.cfg.Dir),
		Combined: true,
	}.Run(ctx)
}
