package incremental

// What is done while nobody waits for a build: the direct way is prepared, and what it has
// built is verified by the go command.
//
// Rejected: verifying in the direct build's own time, which would cost what the direct way
// saves; and never verifying, which would leave a wrong program running until somebody noticed.
// All idle work runs at the lowest priority, begins when files have been left alone for a
// while, and is given up for the next save.

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

const (
	// prepareAfter is how long a program must have been up before the recipe is read. A program
	// that ends at once, as most do under `go run`, must not pay for it.
	prepareAfter = 500 * time.Millisecond
	// verifyAfter is how long no save must have come before a direct build is verified. Somebody
	// who goes on typing saves again within that time.
	verifyAfter = 2 * time.Second
	// namedSetAfter is how long no save must have come before the named set is built. That takes
	// as long as the first build of the program, and the next save would interrupt it.
	namedSetAfter = 10 * time.Second
	// quietTries is how often idle work begins again because a file was written meanwhile with
	// the content that it had.
	quietTries = 3
)

// idleWork is what a Builder does between two builds.
type idleWork struct {
	cancel context.CancelFunc
	done   chan struct{} // closed by its goroutine
}

// stopIdle ends the idle work soon; the returned function waits for its end.
func (b *Builder) stopIdle() (wait func()) {
	i := b.idleWork
	if i == nil {
		return func() {}
	}
	i.cancel()
	return func() { <-i.done }
}

// Idle says that nothing is to be built for now: running was made from the files
// that the graph describes. Until the next Start the builder prepares for it.
// Start and Idle must be called from one goroutine.
func (b *Builder) Idle(g *depgraph.Graph, running *Executable) {
	if b.cfg.Engine == EngineGo || b.cfg.Engine == "" || running == nil || g == nil || g.Stale() || g.Main() == nil {
		return
	}
	b.Follow(g)
	wait := b.stopIdle()
	ctx, cancel := context.WithCancel(context.Background())
	i := &idleWork{cancel: cancel, done: make(chan struct{})}
	b.idleWork = i
	last := b.last
	go func() {
		defer close(i.done)
		defer cancel()
		wait()
		if last != nil {
			<-last.done
		}
		b.idle(ctx, g, running)
		if ctx.Err() == nil {
			// What it has read is several times what is kept of it; gorun then sits still for hours.
			debug.FreeOSMemory()
		}
	}()
}

func (b *Builder) idle(ctx context.Context, g *depgraph.Graph, running *Executable) {
	b.recognize(running)
	state := b.directState()
	if state.phase == off {
		return
	}
	_, gone := os.Stat(running.Path)
	yes, lines := canCompare(running.Path)
	if !yes && gone == nil {
		b.setDirect(state.turnOff("executables cannot be compared on " + runtime.GOOS))
		return
	}
	wants := state.wantsPreparation()
	out := running.outcome
	if out == nil {
		// The go command made what runs: there is nothing to verify.
		if b.compiledWithOld(ctx, g, running) {
			return
		}
		if wants && sleep(ctx, b.cfg.PrepareAfter) {
			b.prepareFirst(ctx, g, running, lines)
		}
		b.save(g, running, running)
		b.changeToNamedSet(ctx, g, running, lines)
		return
	}
	b.save(g, running, running)
	if running.verified && !wants {
		b.changeToNamedSet(ctx, g, running, lines)
		return
	}
	// Also where it is verified: a new recipe is compared with an executable of the go command's.
	if sleep(ctx, b.cfg.VerifyAfter) && b.inTurn(ctx, direct.Verifying, func() (done bool) {
		g, done = b.verifyAndSave(ctx, g, running, lines)
		return done
	}) {
		b.changeToNamedSet(ctx, g, running, lines)
	}
}

// inTurn does something that several programs do one after the other. The go command finds in its cache then what
// it has compiled for another one; at the same time it would compile everything for each. It returns what do
// returns, and false if ctx ends before.
func (b *Builder) inTurn(ctx context.Context, work direct.IdleWork, do func() bool) bool {
	end, ok := b.cfg.Turns.Await(ctx, work)
	if !ok {
		return false
	}
	defer end()
	return do()
}

// verifyAndSave verifies what was built directly, has the direct way prepared again where that is of use, and saves
// the session. It returns the graph that has seen the files last, and whether there is time for more.
func (b *Builder) verifyAndSave(
	ctx context.Context, g *depgraph.Graph, running *Executable, lines bool,
) (*depgraph.Graph, bool) {
	state, out := b.directState(), running.outcome
	wants := state.wantsPreparation()
	// Where the recipe is out of date there is no session that could link what the go command
	// makes of the named set. Then a new recipe is prepared and nothing is compared.
	named := out.Named() && state.phase == prepared
	exe, g := b.verify(ctx, g, running, named)
	if exe == nil {
		return g, false
	}
	defer func() { exe.Remove() }()
	if len(out.Twins) == 0 {
		exe.key = running.key
	}
	// With twins the importers were compiled against something older than the sources: the next
	// build is to start from archives that are exact again.
	if wants || len(out.Twins) > 0 {
		b.setDirect(b.directState().outgrown())
		b.prepare(ctx, g, exe, running, lines, named)
	}
	if named {
		// Verifying, with a flag of gorun's own, did not bring the go command's cache up to date, nor is its
		// executable the one of go run.
		key := exe.key
		exe.Remove()
		if exe = b.goRunIdle(ctx).Exe; exe == nil {
			return g, false
		}
		exe.key = key
	}
	if ctx.Err() == nil {
		b.save(g, running, exe)
	}
	return g, true
}

// goRunIdle is goRun at the lowest priority, for what nobody waits for. When ctx
// ends it returns at once: an interrupted go command takes away its work directory
// first, which can be a tenth of a second that the build for a save need not wait.
// That go command, and what it may have built, is cleaned up in the background;
// Close waits for it.
func (b *Builder) goRunIdle(ctx context.Context, flags ...string) Result {
	done := make(chan Result) // never closed
	b.idleGo.Go(func() {
		r := b.goRun(ctx, goRunOptions{oneOfMany: true, priority: gocmd.Idle, flags: flags})
		select {
		case done <- r:
		case <-ctx.Done():
			r.Exe.Remove()
		}
	})
	select {
	case r := <-done:
		return r
	case <-ctx.Done():
		return Result{Err: context.Cause(ctx)}
	}
}

// sleep waits; it returns false if ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// whileQuiet does something that reads the program's inputs, and reports whether
// they were those of the graph from its beginning to its end; do reports
// whether there is a point in that. It returns the graph that has seen the files last.
func whileQuiet(ctx context.Context, g *depgraph.Graph, do func() bool) (*depgraph.Graph, bool) {
	for range quietTries {
		start := time.Now()
		// Before it as well: what is newer than the graph is then known to be so. Of an
		// excluded file nobody is told who is not asking for everything.
		c := depgraph.Classify(g, nil)
		if g = g.Update(c); c.Kind > depgraph.None || g.ExcludedChanged() {
			return g, false // a save is on its way, or the next one has an excluded file in it
		}
		if !do() || ctx.Err() != nil {
			return g, false
		}
		changed := g.ChangedSince(start)
		if len(changed) == 0 {
			return g, ctx.Err() == nil
		}
		if c = depgraph.Classify(g, changed); c.Kind > depgraph.None {
			return g, false
		}
		g = g.Update(c)
	}
	return g, false
}
