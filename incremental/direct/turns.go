package direct

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/incremental/ahead"
)

// Several programs under one gorun take turns. Those that one save changes are linked as many at a time as there
// are processors, first the one whose port was used last: somebody looks at that one. And of all of them one link
// waits for the next save (package ahead).
//
// What is done while nobody waits is done for one program after the other: what the go command has compiled for one
// it finds in its cache for the next.
//
// A program that was used later, and that is still being compiled, keeps a processor for its link.
//
// Rejected: a link that waits for each program, as each takes as much memory as the rest of gorun several
// times. The stock linker takes a second longer, for a program that nobody looks at.

// lookedAway is how much later than another program's a program's port must have been used to have the link that
// waits instead. Where both are in use, making the other one wait after each save would be work for nothing.
const lookedAway = 10 * time.Second

// Turns say whose turn it is among several programs.
type Turns struct {
	mu       sync.Mutex
	programs []*ProgramTurns // those that are being built; under mu
	changed  chan struct{}   // closed when a link may begin; nil if nobody waits; under mu
	waits    *ProgramTurns   // whose next link may wait; under mu

	idle [idleWorks]chan struct{} // full while one program does it
}

// IdleWork is what only one program at a time does while nobody waits.
type IdleWork int

// The kinds of it.
const (
	Verifying IdleWork = iota
	MakingNamedSet
	idleWorks
)

// NewTurns returns Turns.
func NewTurns() *Turns {
	ts := new(Turns)
	for i := range ts.idle {
		ts.idle[i] = make(chan struct{}, 1)
	}
	return ts
}

// ProgramTurns are those of one program. Nil are those of a program that is alone.
type ProgramTurns struct {
	all  *Turns
	used func() time.Time

	// The rest is under all.mu.
	stage    linkStage
	lastUse  time.Time     // as it was when the build began
	linked   time.Time     // when it was linked last
	previous time.Time     // when before that
	linker   *ahead.Linker // that may have a link wait
}

// A linkStage says how far a program's build is.
type linkStage int

const (
	noBuild linkStage = iota // nobody waits for one
	compiling
	linking
	linked // once in this build
)

// Of returns the turns of a program. used returns when its port was used last, zero if that is not known.
func (ts *Turns) Of(used func() time.Time) *ProgramTurns { return &ProgramTurns{all: ts, used: used} }

// Await waits until no other program does a work; end says that this one does it no more. It returns false if ctx
// ends before.
func (p *ProgramTurns) Await(ctx context.Context, work IdleWork) (end func(), ok bool) {
	if p == nil {
		return func() {}, true
	}
	select {
	case p.all.idle[work] <- struct{}{}:
		return func() { <-p.all.idle[work] }, true
	case <-ctx.Done():
		return nil, false
	}
}

// begin notes that a build begins, until the function that it returns is called.
func (p *ProgramTurns) begin() (end func()) {
	if p == nil {
		return func() {}
	}
	use := p.used()
	p.all.mu.Lock()
	defer p.all.mu.Unlock()
	p.stage, p.lastUse = compiling, use
	p.all.programs = append(p.all.programs, p)
	return func() {
		p.all.mu.Lock()
		defer p.all.mu.Unlock()
		p.all.programs = slices.DeleteFunc(p.all.programs, func(other *ProgramTurns) bool { return other == p })
		p.all.enter(p, noBuild)
	}
}

// enter changes how far a program is. The caller holds mu.
func (ts *Turns) enter(p *ProgramTurns, stage linkStage) {
	p.stage = stage
	if ts.changed != nil {
		close(ts.changed)
		ts.changed = nil
	}
}

// link waits until the program may be linked; ended says that it is. A link that nobody waits for need not wait.
func (p *ProgramTurns) link(ctx context.Context) (ended func(), err error) {
	if p == nil {
		return func() {}, nil
	}
	ts := p.all
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for p.stage != noBuild && !ts.mayLink(p) {
		if ts.changed == nil {
			ts.changed = make(chan struct{})
		}
		changed := ts.changed
		ts.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		ts.mu.Lock()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	if p.stage == noBuild {
		return func() {}, nil
	}
	p.previous, p.linked = p.linked, time.Now()
	ts.enter(p, linking)
	return func() {
		ts.mu.Lock()
		defer ts.mu.Unlock()
		ts.enter(p, linked)
	}, nil
}

// mayLink reports whether there is a processor for the link of a program. The caller holds mu.
func (ts *Turns) mayLink(p *ProgramTurns) bool {
	taken := 0
	for _, other := range ts.programs {
		if other.stage == linking || other != p && other.stage == compiling && other.lastUse.After(p.lastUse) {
			taken++
		}
	}
	return taken < runtime.GOMAXPROCS(0)
}

// mayWait reports whether the program's next link may be one that waits. That of another program ends then.
func (p *ProgramTurns) mayWait(linker *ahead.Linker) bool {
	if p == nil {
		return true
	}
	ts := p.all
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if other := ts.waits; other != nil && other != p && !other.linker.Off() {
		// Whoever edits what only this program is built from looks at this one.
		left := other.stage == noBuild && !p.previous.IsZero() && other.linked.Before(p.previous)
		if !left && !p.lastUse.After(other.lastUse.Add(lookedAway)) {
			return false
		}
		other.linker.End()
	}
	ts.waits, p.linker = p, linker
	return true
}
