package incremental

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental/ahead"
	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/incremental/equal"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// prepare prepares the direct way and proves it: what it links before any edit
// must be exe, which the go command made from the same files, with the flag of the
// named set or without. running is what the next build is compared with.
func (b *Builder) prepare(ctx context.Context, g *depgraph.Graph, exe, running *Executable, lines, named bool) {
	if err := b.makeScratch(); err != nil {
		b.cfg.Debug("%v", err)
		return
	}
	state := b.directState()
	refuse := func(reason string) {
		if named {
			b.setDirect(state.refuseNamedSet("no named set: " + reason))
		} else {
			b.setDirect(state.refuse(reason))
		}
	}
	var session *direct.Session
	var out *direct.Outcome
	var failure error
	start := time.Now()
	_, ok := whileQuiet(ctx, g, func() bool {
		setup, err := b.setup(g)
		if err == nil {
			var uncached uncachedFlag
			uncached, err = b.uncachedFlag(b.scratch.entry)
			setup.ReadFlags = uncached.flags
			defer uncached.remove()
		}
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
		b.cfg.Debug("no direct way: %v", failure)
		// Any other error, such as a working directory that is gone, is of the moment.
		if refusal, ok := errors.AsType[*direct.Refusal](failure); ok {
			refuse(refusal.Reason)
		}
		return
	}
	ours, remove, err := out.AsGoRun(ctx, out.Executable)
	same := false
	if err == nil {
		defer remove()
		same, err = equal.Program(exe.Path, ours)
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
	case !same && named:
		b.cfg.Debug("the direct way makes another executable than go build, it differs in %s", equal.Describe(exe.Path, ours))
		refuse("another executable than go build of the same files")
		return
	case !same:
		b.explainUnlike(ctx, g, session, exe, ours)
		return
	}
	exe.key = out.Key
	if o := running.outcome; o == nil || len(o.Twins) == 0 && running.verified {
		// The running program is that of exe, as was just seen or verified before, so the next build
		// may be compared with this link. Where only one of the two is of the named set their files
		// differ, but the programs do not.
		running.key = out.Key
	}
	b.setDirect(state.ready(session))
	kind := ""
	if named {
		kind = ", with the named set"
	}
	took := time.Since(start).Round(time.Millisecond)
	b.cfg.Debug("the direct way is prepared: %d packages in %v%s", session.Len(), took, kind)
}

// explainUnlike says why the direct way makes another executable, ours, than exe, which the go
// command has built. Where the go command now makes ours, a file has changed that no watcher sees:
// after that build, and before the recipe was read.
func (b *Builder) explainUnlike(ctx context.Context, g *depgraph.Graph, session *direct.Session, exe *Executable,
	ours string) {
	now := b.goRunIdle(ctx).Exe
	defer now.Remove()
	same := false
	if now != nil {
		same, _ = equal.Program(now.Path, ours)
	}
	switch c := depgraph.Classify(g, nil); {
	case ctx.Err() != nil || c.Kind > depgraph.None || g.Update(c).ExcludedChanged():
		// Nothing is known: the next build tells.
	case same:
		input := session.InputChangedSince(exe.began)
		if input.Path == "" {
			input = direct.InputChange{Path: "a file that is not watched", What: "changed"}
		}
		b.unwatched(input)
	default:
		b.cfg.Debug("the direct way makes another executable than go build, it differs in %s", equal.Describe(exe.Path, ours))
		b.setDirect(b.directState().turnOff("it makes another executable than go build of the same files"))
	}
}

// prepareFirst prepares the direct way for a program that the go command made. Where somebody
// has deleted its executable, with the cache directory as a rule, the go command makes another.
func (b *Builder) prepareFirst(ctx context.Context, g *depgraph.Graph, running *Executable, lines bool) {
	if _, err := os.Stat(running.Path); err == nil {
		b.prepare(ctx, g, running, running, lines, false)
		return
	}
	exe := b.goRunIdle(ctx).Exe
	if exe == nil {
		return // the next build says why
	}
	defer exe.Remove()
	if yes, lines := canCompare(exe.Path); yes {
		b.prepare(ctx, g, exe, running, lines, false)
		running.key = direct.Key{} // nobody can say whether the two are the same
	}
}

// makeScratch makes the directory of the direct sessions, which all of a run share, and makes
// another if somebody has deleted it.
func (b *Builder) makeScratch() error {
	b.scratchMu.Lock()
	defer b.scratchMu.Unlock()
	if b.closed {
		return errors.New("the builder is closed")
	}
	if b.scratch != nil {
		if _, err := os.Stat(b.scratch.entry); err == nil {
			return nil
		}
		b.scratch.Release()
		b.scratch = nil
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
	b.stateMu.Lock()
	defer b.stateMu.Unlock()
	if b.ahead != nil {
		b.ahead.Close()
		b.ahead = nil
	}
	if b.cfg.LinkAhead {
		b.ahead = ahead.New(ahead.Config{Cache: b.cfg.Store.cache, Work: entry.entry, Debug: b.cfg.Debug})
	}
	return nil
}

// setup is what direct.Prepare needs for the program of a graph.
func (b *Builder) setup(g *depgraph.Graph) (direct.Setup, error) {
	decisive, err := g.ListingInputs()
	if err != nil {
		return direct.Setup{}, direct.Refuse("it is not known what decides the build: %v", err)
	}
	dirs := make(map[string]func(name string) bool)
	for _, dir := range decisive.Sources {
		dirs[dir] = depgraph.IsSource
	}
	for _, dir := range decisive.Embeds {
		dirs[dir] = func(string) bool { return true }
	}
	sum, err := b.decisive(g)
	if err != nil {
		return direct.Setup{}, direct.Refuse("it is not known what decides the build: %v", err)
	}
	s := direct.Setup{
		Decisive: sum,
		Run:      b.tool(gocmd.Normal),
		Behind:   b.tool(gocmd.Behind),
		Idle:     b.tool(gocmd.Idle),
		Go:       b.cfg.Go,
		Dir:      b.cfg.Dir,
		Env:      b.toolEnv,
		Target:   b.cfg.Patterns,
		Packages: packagesOf(g),
		Dirs:     dirs,
		Work:     b.scratch.entry,
		Exact:    b.cfg.Engine == EngineExact,
		Ahead:    b.ahead,
		Compiles: b.cfg.Compiles,
		Turns:    b.cfg.Turns,
		Prev:     b.directState().session,
		Debug:    b.cfg.Debug,
	}
	s.Flags = slices.DeleteFunc(slices.Clone(b.cfg.Flags), func(f string) bool {
		return strings.TrimLeft(f, "-") == "v" // names packages, and changes nothing
	})
	if s.Dir != "" {
		return s, nil
	}
	s.Dir, err = os.Getwd()
	return s, err
}

// tool returns what runs the go command's tools at a priority.
func (b *Builder) tool(priority gocmd.Priority) direct.Runner {
	return func(ctx context.Context, argv []string, dir string, env []string) ([]byte, []byte, error) {
		if priority != gocmd.Idle && isCompiler(argv[0]) {
			available, _ := gocmd.AvailableMemory() // 0 where it is not known
			env = gocmd.TuneCompile(env, available)
		}
		r, err := gocmd.Tool{Argv: argv, Dir: dir, Env: env, Priority: priority}.Run(ctx)
		if err == nil && r.Status != 0 {
			err = fmt.Errorf("exit status %d", r.Status)
		}
		return r.Stdout, r.Stderr, err
	}
}

// isCompiler reports whether a tool of the Go distribution is the compiler.
func isCompiler(tool string) bool {
	return strings.TrimSuffix(filepath.Base(tool), ".exe") == "compile"
}

// packagesOf returns the packages of a graph that may be edited.
func packagesOf(g *depgraph.Graph) []direct.Package {
	var list []direct.Package
	for _, id := range g.Packages() {
		p := g.Package(id)
		if !p.Watched || p.Dir == "" {
			continue
		}
		q := direct.Package{
			ImportPath: string(p.ID), GoFiles: p.FilesOf(depgraph.Go), EmbedFiles: p.FilesOf(depgraph.Embedded),
		}
		if len(q.GoFiles) > 0 {
			list = append(list, q)
		}
	}
	return list
}
