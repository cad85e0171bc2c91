package incremental

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/gocmd"
)

// goRunTries is how often go run is started where it ends well and has started nothing.
const goRunTries = 3

// goRunOptions say how one build of the go command differs from another.
type goRunOptions struct {
	out       *os.File // where the go command writes, instead of into the result
	oneOfMany bool     // GOCACHE must not keep the executable: there will be one for every save
	priority  gocmd.Priority
	flags     []string // of gorun's own
}

// goRun lets `go run` build the executable; in another store where this one cannot be used any more.
func (b *Builder) goRun(ctx context.Context, o goRunOptions) Result {
	r := b.goRunInStore(ctx, o)
	if errors.Is(r.Err, ErrStore) && o.priority != gocmd.Idle && b.useSpare(r.Err) {
		return b.goRunInStore(ctx, o)
	}
	return r
}

// goRunInStore lets `go run` build the executable, which hands it over to gorun as its -exec helper
// (exechelper.go).
func (b *Builder) goRunInStore(ctx context.Context, o goRunOptions) Result {
	began := time.Now()
	exe, err := b.cfg.Store.newEntry()
	if err != nil {
		return Result{Err: fmt.Errorf("%w: %w", ErrStore, err)}
	}
	exe.began = began
	fail := func(r Result) Result {
		exe.Remove()
		return r
	}
	flag, err := execFlag(cmp.Or(b.cfg.HelperRole, ExecRole.Argument), exe)
	if err != nil {
		return fail(Result{Err: err})
	}
	env := b.cfg.Env
	if !slices.Contains(b.cfg.Flags, "-work") { // with it the user wants to see the work directory
		if env, err = exe.workIn(env); err != nil {
			return fail(Result{Err: fmt.Errorf("%w: %w", ErrStore, err)})
		}
	}
	uncached, err := b.uncachedFlag(exe.entry)
	if err != nil {
		return fail(Result{Err: err})
	}
	defer uncached.remove()
	exe.uncached = uncached.sum
	args := []string{"run"}
	args = append(args, b.cfg.Flags...)
	args = append(args, uncached.flags...)
	args = append(args, o.flags...)
	args = append(args, flag)
	args = append(args, b.cfg.Patterns...)
	out := o.out
	if scarce := b.cfg.Store.scarce(); scarce {
		out = nil // what the go command says shows whether that was too little
	}
	var r gocmd.Result
	var h handover
	tee := b.newProgress(o)
	for try := 1; ; try++ {
		r, err = gocmd.Invocation{
			Go: b.cfg.Go, Args: args, Dir: b.cfg.Dir, Env: env,
			Stdin: b.cfg.Stdin, Stdout: out, Stderr: out, Combined: out == nil, Tee: tee,
			Priority: o.priority, Plain: b.cfg.Plain,
		}.Run(ctx)
		if tee != nil {
			r.Stderr = withoutProgress(r.Stderr)
		}
		if full := b.cfg.Store.fullError(r.Stderr); err == nil && r.Status != 0 && out == nil && full != nil {
			return fail(Result{Err: full, Output: r.Stderr})
		}
		if out != o.out {
			o.out.Write(r.Stderr)
			r.Stderr = nil
		}
		switch {
		case err != nil:
			return fail(Result{Err: err, Output: r.Stderr})
		case r.Status != 0:
			return fail(Result{Status: r.Status, Output: r.Stderr})
		}
		if h, err = exe.readHandover(env); err == nil {
			break
		}
		// Seen where several gorun build one program at a time (Go 1.26.8), a
		// build in a hundred: go run ends with 0 and has started nothing.
		if try == goRunTries {
			err = fmt.Errorf("%w: the go command ended well but it is not in the cache directory: %w", ErrStore, err)
			if b.cfg.Store.scarce() { // the helper cannot say so
				err = b.cfg.Store.full(syscall.ENOSPC)
			}
			return fail(Result{Output: r.Stderr, Err: err})
		}
		b.cfg.Debug("the go command ended well but started nothing: once more")
	}
	if o.oneOfMany {
		clean := func() {
			if err := uncache(b.cfg.GoCache(), h, exe.Path); err != nil {
				b.cfg.Debug("GOCACHE keeps a copy of %s: %v", filepath.Base(exe.Path), err)
			}
		}
		if o.priority == gocmd.Idle {
			clean()
		} else {
			b.cleanup.Go(clean)
		}
	}
	exe.printed = o.out != nil || len(bytes.TrimSpace(r.Stderr)) > 0
	return Result{Exe: exe, Output: r.Stderr}
}
