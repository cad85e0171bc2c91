package incremental

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// changeToNamedSet lets the go command build the named set (see incremental/direct) and changes
// the direct way over to it. It begins only when the running program is known to be right.
func (b *Builder) changeToNamedSet(ctx context.Context, g *depgraph.Graph, running *Executable, lines bool) {
	state := b.directState()
	if b.cfg.NamedSetAfter < 0 || state.phase != prepared || state.named || state.renew || state.noNamedSet != "" ||
		running.outcome != nil && !running.verified {
		return
	}
	if why := state.session.NoNamedSet(); why != "" {
		b.cfg.Debug("%s", why)
		b.setDirect(state.refuseNamedSet(why))
		return
	}
	if !b.awaitNamedSet(ctx) {
		return
	}
	var r Result
	g, ok := whileQuiet(ctx, g, func() bool {
		r.Exe.Remove()
		r = b.goRunIdle(ctx, direct.NamedFlag)
		return r.Err == nil
	})
	defer func() { r.Exe.Remove() }()
	switch {
	case !ok: // what is built already stays in GOCACHE
	case r.Exe == nil:
		const why = "no named set: the go command cannot build it"
		b.cfg.Debug("%s:\n%s", why, r.Output)
		b.setDirect(state.refuseNamedSet(why))
	default:
		b.prepare(ctx, g, r.Exe, running, lines, true)
		b.save(g, running, running)
	}
}

// awaitNamedSet waits until the named set is complete but for what has changed since, or where nobody else
// makes it, until there is time for it here. It reports false if ctx has ended before.
func (b *Builder) awaitNamedSet(ctx context.Context) bool {
	if b.cfg.MakeNamedSet != nil {
		if !b.saidNamedSet {
			n, err := b.missingOfNamedSet(ctx)
			if ctx.Err() != nil {
				return false
			}
			b.saidNamedSet = true
			b.cfg.Debug("the named set lacks %d packages (%v)", n, err)
			if err == nil && n == 0 {
				return true
			}
		}
		debug.FreeOSMemory() // as Idle does at its end: this may take long
		var err error
		made := b.inTurn(ctx, direct.MakingNamedSet, func() bool {
			err = b.cfg.MakeNamedSet(ctx)
			return err == nil
		})
		if made || ctx.Err() != nil {
			return ctx.Err() == nil
		}
		b.cfg.Debug("the named set is not made by a process of its own: %v", err)
	}
	if !sleep(ctx, b.cfg.NamedSetAfter) {
		return false
	}
	b.cfg.Debug("building the named set")
	return true
}

// missingOfNamedSet returns how many packages the go command would compile for the named set.
func (b *Builder) missingOfNamedSet(ctx context.Context) (int, error) {
	r, err := b.goIdle(ctx, []string{"run"}, []string{"-n", direct.NamedFlag})
	if err != nil {
		return 0, err
	}
	return bytes.Count(r.Stderr, []byte("\n#\n# ")), nil
}

// goIdle runs the go command for the program at the lowest priority.
func (b *Builder) goIdle(ctx context.Context, verb, flags []string) (gocmd.Result, error) {
	own := slices.Clone(b.cfg.Flags)
	if len(own) > 0 && strings.HasPrefix(strings.TrimLeft(own[0], "-"), "C=") {
		verb, own = append(verb, own[0]), own[1:] // the go command wants it first
	}
	r, err := gocmd.Invocation{
		Go: b.cfg.Go, Args: slices.Concat(verb, own, flags, b.cfg.Patterns), Dir: b.cfg.Dir, Env: b.cfg.Env,
		Priority: gocmd.Idle,
	}.Run(ctx)
	if err == nil && r.Status != 0 {
		err = fmt.Errorf("exit status %d: %s", r.Status, r.Stderr)
	}
	return r, err
}

// MakeNamedSet has the go command make the named set of the program of a graph, and the session that is saved one
// that uses it; changed says that it is now, and was not before. It is for a process that does nothing else.
func (b *Builder) MakeNamedSet(ctx context.Context, g *depgraph.Graph) (changed bool, err error) {
	b.cfg.Record = nil // what the go command makes with the flag is not what go run starts
	if _, err := b.goIdle(ctx, []string{"list", "-export", "-deps", "-f="}, []string{direct.NamedFlag}); err != nil {
		return false, err
	}
	b.Restore(g)
	state := b.directState()
	if state.phase != prepared || state.named {
		return false, nil
	}
	var r Result
	g, ok := whileQuiet(ctx, g, func() bool {
		r.Exe.Remove()
		r = b.goRunIdle(ctx, direct.NamedFlag)
		return r.Err == nil
	})
	defer func() { r.Exe.Remove() }()
	if !ok || r.Exe == nil {
		return false, errors.New("files are being written, or the program cannot be built")
	}
	yes, lines := canCompare(r.Exe.Path)
	if !yes {
		return false, nil
	}
	b.prepare(ctx, g, r.Exe, r.Exe, lines, true)
	if !b.directState().named {
		return false, errors.New("the named set is of no use")
	}
	b.save(g, r.Exe, r.Exe)
	return true, nil
}
