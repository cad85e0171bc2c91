package incremental

// What is done while nobody waits: the direct way is prepared, and what it has
// built is checked against the go command.
//
// Rejected: checking in the direct build's own time (it would cost what the
// direct way saves), and never checking (then a wrong program would run until
// somebody noticed). Everything here runs at the lowest priority, begins when
// files have been left alone for a while, and is given up for the next save.

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/incremental/equal"
	"github.com/gorun-dev/gorun/incremental/reuse"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

const (
	// prepareAfter is how long a program must have been up before the recipe is
	// read: one that ends at once, as under `go run`, shall not pay for it.
	prepareAfter = 500 * time.Millisecond
	// settleAfter is how long no save must have come before a direct build is
	// checked: somebody who types on saves again before.
	settleAfter = 2 * time.Second
	// looks is how often preparing and settling are tried where files are
	// written meanwhile with the content that they had.
	looks = 3
	// nameAfter is how long no save must have come before the set of named objects
	// is built, which takes as long as the first build of the program: somebody who
	// edits would only interrupt it.
	nameAfter = 10 * time.Second
)

// An idle is what a Builder does between builds.
type idle struct {
	cancel context.CancelFunc
	done   chan struct{} // closed by its goroutine
}

// stopIdle ends what is done between builds soon; the returned function waits
// for it.
func (b *Builder) stopIdle() (wait func()) {
	i := b.between
	if i == nil {
		return func() {}
	}
	i.cancel()
	return func() { <-i.done }
}

// Idle says that nothing is to be built for now: running was made from the files
// that the graph describes. Until the next Start the builder prepares for it.
// Start and Idle are for one goroutine.
func (b *Builder) Idle(g *depgraph.Graph, running *Executable) {
	if b.cfg.Engine == EngineGo || b.cfg.Engine == "" || running == nil || g == nil || g.Stale() || g.Main() == nil {
		return
	}
	wait := b.stopIdle()
	ctx, cancel := context.WithCancel(context.Background())
	i := &idle{cancel: cancel, done: make(chan struct{})}
	b.between = i
	last := b.last
	go func() {
		defer close(i.done)
		defer cancel()
		wait()
		if last != nil {
			<-last.done
		}
		b.idle(ctx, g, running)
	}()
}

func (b *Builder) idle(ctx context.Context, g *depgraph.Graph, running *Executable) {
	state := b.directState()
	if state.phase == off {
		return
	}
	yes, lines := checkable(running.Path)
	if !yes {
		b.setDirect(state.turnOff("executables cannot be compared on " + runtime.GOOS))
		return
	}
	wants := state.wantsPreparation()
	out := running.outcome
	if out == nil {
		// It is the go command's own.
		if wants && sleep(ctx, b.cfg.PrepareAfter) {
			b.prepare(ctx, g, running, running, lines, false)
		}
		b.name(ctx, g, running, lines)
		return
	}
	// What is exact and settled needs the go command's executable no more, but
	// for a new recipe to be compared with.
	if running.settled && !wants {
		b.name(ctx, g, running, lines)
		return
	}
	if !sleep(ctx, b.cfg.SettleAfter) {
		return
	}
	// Without a Session to compare with, of a recipe that is outdated, there is
	// just a new one to prepare.
	named := out.Named() && state.phase == prepared
	exe, g := b.settle(ctx, g, running, named)
	if exe == nil {
		return
	}
	defer exe.Remove()
	// With twins what importers were compiled from is older than the sources:
	// the next build starts from archives that are exact again.
	if wants || len(out.Twins) > 0 {
		b.setDirect(b.directState().outgrown())
		b.prepare(ctx, g, exe, running, lines, named)
	}
	if named {
		b.warm(ctx)
	}
	b.name(ctx, g, running, lines)
}

// name builds the set of named objects and changes the direct way over to it,
// once the program that runs is known to be right.
func (b *Builder) name(ctx context.Context, g *depgraph.Graph, running *Executable, lines bool) {
	state := b.directState()
	if b.cfg.NameAfter < 0 || state.phase != prepared || state.named || state.renew || state.noNamedSet != "" ||
		running.outcome != nil && !running.settled {
		return
	}
	if why := state.session.Nameless(); why != "" {
		b.cfg.Debug("%s", why)
		b.setDirect(state.refuseNamedSet(why))
		return
	}
	if !sleep(ctx, b.cfg.NameAfter) {
		return
	}
	b.cfg.Debug("building the set of named objects")
	var r Result
	g, ok := steady(ctx, g, func() bool {
		r.Exe.Remove()
		r = b.goRunIdle(ctx, direct.NamedFlag)
		return r.Err == nil
	})
	defer func() { r.Exe.Remove() }()
	switch {
	case !ok: // what is built already stays in GOCACHE
	case r.Exe == nil:
		const why = "no named objects: the go command cannot build them"
		b.cfg.Debug("%s:\n%s", why, r.Output)
		b.setDirect(state.refuseNamedSet(why))
	default:
		b.prepare(ctx, g, r.Exe, running, lines, true)
	}
}

// warm brings the go command's cache up to date where settling, with a flag of
// gorun's own, did not.
func (b *Builder) warm(ctx context.Context) {
	b.goRunIdle(ctx).Exe.Remove()
}

// goRunIdle is goRun at the lowest priority, for what nobody waits for. When ctx
// ends it returns at once: an interrupted go command takes away its work directory
// first, which can be a tenth of a second that the build for a save need not wait.
// It, and what it may have built, go by themselves; Close waits for that.
func (b *Builder) goRunIdle(ctx context.Context, flags ...string) Result {
	done := make(chan Result) // never closed
	b.parted.Go(func() {
		r := b.goRun(ctx, errand{again: true, priority: gocmd.Idle, flags: flags})
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

// steady does something that reads the program's inputs, and reports whether
// they were those of the graph from its beginning to its end; do reports
// whether there is a point in that. It returns the graph that knows them best.
func steady(ctx context.Context, g *depgraph.Graph, do func() bool) (*depgraph.Graph, bool) {
	for range looks {
		start := time.Now()
		// Before as well: what is newer than the graph is known to be so.
		if c := depgraph.Classify(g, g.ChangedSince(start)); c.Kind > depgraph.None {
			return g, false // a save is on its way
		} else {
			g = g.Update(c)
		}
		if !do() || ctx.Err() != nil {
			return g, false
		}
		changed := g.ChangedSince(start)
		if len(changed) == 0 {
			return g, ctx.Err() == nil
		}
		c := depgraph.Classify(g, changed)
		if c.Kind > depgraph.None {
			return g, false
		}
		g = g.Update(c)
	}
	return g, false
}

// prepare prepares the direct way and proves it: what it links before any edit
// must be exe, which the go command made from the same files, with the flag for
// named objects or without. running is what the next build is compared with.
func (b *Builder) prepare(ctx context.Context, g *depgraph.Graph, exe, running *Executable, lines, named bool) {
	if err := b.makeScratch(); err != nil {
		b.cfg.Debug("%v", err)
		return
	}
	state := b.directState()
	refuse := func(reason string) {
		if named {
			b.setDirect(state.refuseNamedSet("no named objects: " + reason))
		} else {
			b.setDirect(state.refuse(reason))
		}
	}
	var session *direct.Session
	var out *direct.Outcome
	var failure error
	start := time.Now()
	_, ok := steady(ctx, g, func() bool {
		setup, err := b.setup(packagesOf(g), b.scratch.entry)
		if err == nil {
			setup.Exact = setup.Exact || !lines
			if named {
				setup.Named, setup.Plain = true, state.session
			}
			session, err = direct.Prepare(ctx, setup)
		}
		if err == nil {
			out, err = session.BuildIdle(ctx)
		}
		failure = err
		return true
	})
	if ctx.Err() != nil {
		return
	}
	if !ok {
		b.cfg.Debug("the recipe was not read: files are being written")
		return
	}
	if failure != nil {
		reason, _ := asNotDirect(failure)
		b.cfg.Debug("no direct way: %v", failure)
		refuse(reason)
		return
	}
	made, remove, err := out.AsGoRun(ctx, out.Executable)
	same := false
	if err == nil {
		defer remove()
		same, err = equal.Program(exe.Path, made)
	}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil && !named:
		b.setDirect(state.turnOff(err.Error()))
		return
	case err != nil:
		refuse(err.Error())
		return
	case !same:
		b.cfg.Debug("the direct way makes another executable than go build, it differs in %s", equal.Describe(exe.Path, made))
		if named {
			refuse("another executable than go build of the same files")
			return
		}
		b.setDirect(state.turnOff("it makes another executable than go build of the same files"))
		return
	}
	if o := running.outcome; o == nil || len(o.Twins) == 0 && running.settled {
		// The program of exe, as was just seen or settled before; where only one of the two is
		// of named objects it is not the same file, but the next one would be no other program.
		running.key = out.Key
	}
	b.setDirect(state.ready(session))
	kind := ""
	if named {
		kind = ", with named objects"
	}
	b.cfg.Debug("the direct way is prepared: %d packages in %v%s", session.Len(), time.Since(start).Round(time.Millisecond), kind)
}

// makeScratch makes the directory of the direct sessions, which all of a run share.
func (b *Builder) makeScratch() error {
	if b.scratch != nil {
		return nil
	}
	entry, err := b.cfg.Store.newEntry()
	if err == nil {
		b.toolEnv, err = entry.workIn(b.cfg.Env)
	}
	if err != nil {
		entry.Remove()
		return err
	}
	b.scratch = entry
	return nil
}

// packagesOf returns the packages of a graph that may be edited.
func packagesOf(g *depgraph.Graph) []direct.Package {
	var list []direct.Package
	for _, id := range g.Packages() {
		p := g.Package(id)
		if !p.Watched || p.Dir == "" {
			continue
		}
		q := direct.Package{ImportPath: string(p.ID), GoFiles: p.FilesOf(depgraph.Go), EmbedFiles: p.FilesOf(depgraph.Embedded)}
		if len(q.GoFiles) > 0 {
			list = append(list, q)
		}
	}
	return list
}

// settle lets the go command build what was built directly, which brings GOCACHE
// up to date, and compares. It returns the go command's executable if the
// comparison was made and went well.
func (b *Builder) settle(ctx context.Context, g *depgraph.Graph, running *Executable, named bool) (*Executable, *depgraph.Graph) {
	var r Result
	start := time.Now()
	offer, flags := b.offer()
	if named {
		flags = append(flags, direct.NamedFlag)
	}
	if offer != "" {
		// A go command that was left to its end finds it gone, and compiles itself.
		defer os.RemoveAll(offer)
	}
	g, ok := steady(ctx, g, func() bool {
		r.Exe.Remove()
		r = b.goRunIdle(ctx, flags...)
		return r.Err == nil
	})
	if !ok {
		r.Exe.Remove()
		return nil, g
	}
	if running.outcome.Named() && !named && r.Exe != nil {
		return r.Exe, g
	}
	difference, err := differs(ctx, running, r)
	if _, gone := os.Stat(running.Path); err != nil || gone != nil || ctx.Err() != nil {
		b.cfg.Debug("not settled: %v", errors.Join(err, gone, ctx.Err()))
		r.Exe.Remove()
		return nil, g
	}
	if difference != "" {
		b.alarm(running.outcome, difference)
		r.Exe.Remove()
		return nil, g
	}
	b.cfg.Debug("settled in %v: go build makes the same executable, with %d archives of the direct way",
		time.Since(start).Round(time.Millisecond), reuse.Taken(offer))
	running.settled = true
	return r.Exe, g
}
