package incremental

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/incremental/equal"
	"github.com/gorun-dev/gorun/incremental/reuse"
)

// verify lets the go command build what was built directly, which brings GOCACHE up to date,
// and compares. named builds with the flag of the named set. It returns the go command's
// executable if the two were compared and are the same, and nil otherwise: a mismatch raises the
// alarm, and what could not be compared is tried again after the next build.
func (b *Builder) verify(
	ctx context.Context, g *depgraph.Graph, running *Executable, named bool,
) (*Executable, *depgraph.Graph) {
	var r Result
	start := time.Now()
	offer, flags := b.offer()
	if named {
		flags = append(flags, direct.NamedFlag)
	}
	if offer != "" {
		// A go command that still runs after this finds no offer, and compiles by itself.
		defer os.RemoveAll(offer)
	}
	g, ok := whileQuiet(ctx, g, func() bool {
		r.Exe.Remove()
		r = b.goRunIdle(ctx, flags...)
		return r.Err == nil
	})
	if !ok {
		if ctx.Err() == nil {
			b.cfg.Debug("not verified: files have changed since the build")
		}
		r.Exe.Remove()
		return nil, g
	}
	if running.outcome.Named() && !named && r.Exe != nil {
		return r.Exe, g
	}
	difference, err := compareWithGo(ctx, running, r)
	if _, gone := os.Stat(running.Path); err != nil || gone != nil || ctx.Err() != nil {
		b.cfg.Debug("not verified: %v", errors.Join(err, gone, ctx.Err()))
		r.Exe.Remove()
		return nil, g
	}
	if difference != "" {
		b.explain(g, running, r.Exe, difference)
		r.Exe.Remove()
		return nil, g
	}
	b.cfg.Debug("verified in %v: go build makes the same executable, with %d archives of the direct way",
		time.Since(start).Round(time.Millisecond), reuse.Answered(offer))
	running.verified = true
	return r.Exe, g
}

// explain says why a direct build differs from exe, what the go command makes now: because of a
// file that changed since, where there is one, or else because it was wrong.
func (b *Builder) explain(g *depgraph.Graph, running, exe *Executable, difference string) {
	input := running.outcome.InputChanged()
	switch c := depgraph.Classify(g, nil); {
	case c.Kind > depgraph.None || g.Update(c).ExcludedChanged():
		// A save is on its way, or a file that starts no build (-exclude) has changed.
		b.cfg.Debug("not verified: files have changed since: %v", c)
		if input != (direct.InputChange{}) {
			b.setDirect(b.directState().recipeGone())
		}
	case input != (direct.InputChange{}):
		b.unwatched(input)
	default:
		b.raiseAlarm(running.outcome, running, exe, difference)
	}
}

// compareWithGo says in words how a direct build differs from what the go command made of the
// same files; "" if it does not.
func compareWithGo(ctx context.Context, running *Executable, r Result) (string, error) {
	if r.Exe == nil {
		return fmt.Sprintf("go run fails with status %d:\n%s", r.Status, r.Output), nil
	}
	ours, remove, err := running.outcome.AsGoRun(ctx, running.Path)
	if err != nil {
		return "", err
	}
	defer remove()
	if len(running.outcome.Twins) > 0 {
		same, err := equal.ButForLines(ours, r.Exe.Path)
		if err != nil || same {
			return "", err
		}
		return "differs, not only in lines, in " + equal.DescribeButLines(ours, r.Exe.Path), nil
	}
	same, err := equal.Program(ours, r.Exe.Path)
	if err != nil || same {
		return "", err
	}
	return "differs in " + equal.Describe(ours, r.Exe.Path), nil
}

// canCompare reports whether two executables of this kind can be compared, which every direct
// build needs in the end, and whether they can be compared without their line tables: not
// where relocations hold what moves with those.
func canCompare(path string) (yes, lines bool) {
	f, err := elf.Open(path)
	if err != nil {
		return false, false
	}
	defer f.Close()
	return true, f.Machine == elf.EM_X86_64 && f.Type == elf.ET_EXEC
}
