package direct

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/incremental/ahead"
)

// Several programs that one save changes are linked as many at a time as there are processors, first the one
// whose port was used last: somebody looks at that one. And of all of them one link waits for the next save
// (package ahead).
//
// A program that was used later, and that is still being compiled, keeps a processor for its link.
//
// Rejected: a link that waits for each program, as each takes as much memory as the rest of gorun several
// times. The stock linker takes a second longer, for a program that nobody looks at.

// lookedAway is how much later than another program's a program's port must have been used to have the link that
// waits instead. Where both are in use, making the other one wait after each save would be work for nothing.
const lookedAway = 10 * time.Second

// Links are those of several programs.
type Links struct {
	mu       sync.Mutex
	programs []*ProgramLinks // those that are being built; under mu
	changed  chan struct{}   // closed when a link may begin; nil if nobody waits; under mu
	waits    *ProgramLinks   // whose next link may wait; under mu
}

// ProgramLinks are those of one program among several. Nil are those of a program that is alone.
type ProgramLinks struct {
	all  *Links
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

// Of returns the links of a program. used returns when its port was used last, zero if that is not known.
func (ls *Links) Of(used func() time.Time) *ProgramLinks { return &ProgramLinks{all: ls, used: used} }

// begin notes that a build begins, until the function that it returns is called.
func (p *ProgramLinks) begin() (end func()) {
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
		p.all.programs = slices.DeleteFunc(p.all.programs, func(other *ProgramLinks) bool { return other == p })
		p.all.enter(p, noBuild)
	}
}

// enter changes how far a program is. The caller holds mu.
func (ls *Links) enter(p *ProgramLinks, stage linkStage) {
	p.stage = stage
	if ls.changed != nil {
		close(ls.changed)
		ls.changed = nil
	}
}

// link waits until the program may be linked; ended says that it is. A link that nobody waits for need not wait.
func (p *ProgramLinks) link(ctx context.Context) (ended func(), err error) {
	if p == nil {
		return func() {}, nil
	}
	ls := p.all
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for p.stage != noBuild && !ls.mayLink(p) {
		if ls.changed == nil {
			ls.changed = make(chan struct{})
		}
		changed := ls.changed
		ls.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		ls.mu.Lock()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	p.previous, p.linked = p.linked, time.Now()
	if p.stage == noBuild {
		return func() {}, nil
	}
	ls.enter(p, linking)
	return func() {
		ls.mu.Lock()
		defer ls.mu.Unlock()
		ls.enter(p, linked)
	}, nil
}

// mayLink reports whether there is a processor for the link of a program. The caller holds mu.
func (ls *Links) mayLink(p *ProgramLinks) bool {
	taken := 0
	for _, other := range ls.programs {
		if other.stage == linking || other != p && other.stage == compiling && other.lastUse.After(p.lastUse) {
			taken++
		}
	}
	return taken < runtime.GOMAXPROCS(0)
}

// mayWait reports whether the program's next link may be one that waits. That of another program ends then.
func (p *ProgramLinks) mayWait(linker *ahead.Linker) bool {
	if p == nil {
		return true
	}
	ls := p.all
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if other := ls.waits; other != nil && other != p && !other.linker.Off() {
		// Whoever edits what only this program is built from looks at this one.
		left := !p.previous.IsZero() && other.linked.Before(p.previous)
		if !left && !p.lastUse.After(other.lastUse.Add(lookedAway)) {
			return false
		}
		other.linker.End()
	}
	ls.waits, p.linker = p, linker
	return true
}
