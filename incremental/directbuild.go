package incremental

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/gorun-dev/gorun/incremental/direct"
)

// runDirect builds directly. An error is a *direct.Refusal, or the context's.
func (b *Builder) runDirect(ctx context.Context, running *Executable) (Result, error) {
	session := b.directState().session
	if session == nil || running == nil {
		return Result{}, direct.Refuse("the recipe is gone")
	}
	out, err := b.buildRecovering(ctx, session)
	if err != nil {
		return Result{}, err
	}
	b.cfg.Debug("direct: compiled %d, linked %v, with twins of %q", len(out.Compiled), out.Linked, out.Twins)
	how := fmt.Sprintf("%d packages direct", len(out.Compiled))
	switch len(out.Compiled) {
	case 0:
		how = "direct"
	case 1:
		how = "1 package direct"
	}
	if running.key == out.Key {
		// That it is the same has to be verified, too, unless nothing was compiled since that was done.
		running.verified = running.verified && running.outcome != nil && len(out.Compiled) == 0
		running.outcome = out
		return Result{Same: true, How: how}, nil
	}
	if filepath.Base(out.Executable) != filepath.Base(running.Path) {
		return Result{}, direct.Refuse("the executable has another name")
	}
	exe, err := b.cfg.Store.newEntry()
	if err != nil {
		return Result{}, direct.Refuse("%v", err)
	}
	exe.PATH, exe.Environ = running.PATH, running.Environ
	exe.key, exe.outcome, exe.uncached = out.Key, out, running.uncached
	if err = exe.named(filepath.Base(out.Executable)); err == nil {
		if os.Link(out.Executable, exe.Path) != nil {
			err = copyFile(out.Executable, exe.Path)
		}
	}
	if err != nil {
		exe.Remove()
		return Result{}, direct.Refuse("%v", err)
	}
	return Result{Exe: exe, How: how}, nil
}

// buildRecovering is session.Build. A panic in it is reported and turns the direct way off;
// the running program does not end by it.
func (b *Builder) buildRecovering(ctx context.Context, session *direct.Session) (out *direct.Outcome, err error) {
	if !testing.Testing() {
		defer func() {
			if v := recover(); v != nil {
				b.cfg.Debug("direct: %v\n%s", v, debug.Stack())
				b.setDirect(b.directState().turnOff("the direct way has a fault"))
				out, err = nil, direct.Refuse("%v", v)
			}
		}()
	}
	return session.Build(ctx)
}
