package incremental

import (
	"context"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental/direct"
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
	if !sleep(ctx, b.cfg.NamedSetAfter) {
		return
	}
	b.cfg.Debug("building the named set")
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
