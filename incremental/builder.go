package incremental

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorun-dev/gorun/incremental/equal"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// ErrSuperseded is the cause of a build's end when a newer one replaced it.
var ErrSuperseded = errors.New("superseded by a newer build")

// ErrStore says that the store cannot be used: no room, or no right to write.
// The program can still be built, by the go command alone.
var ErrStore = errors.New("the executable cannot be kept")

// Config is what stays the same from build to build.
type Config struct {
	Go       string   // the go command
	Self     string   // gorun's own file, for the helper of -exec
	Dir      string   // where the go command runs
	Env      []string // its environment
	Flags    []string // -C first, then the build flags, without -exec
	Patterns []string // one package or .go files
	Store    *Store

	// Plain starts the go command as a plain child, see gocmd.Invocation; not for the
	// direct way. It is for one who becomes the program after the only build.
	Plain bool
	// Stdin is the go command's standard input, which it hands on to the helper of
	// -exec; nil is the null device.
	Stdin *os.File
	// TakeRole is the hidden argument that makes gorun that helper, where the caller
	// plays the part himself, by Take and more; "" is incremental's own.
	TakeRole string

	// Engine says which ways are taken; "" is EngineGo.
	Engine Engine
	// How long nothing must have happened before the direct way is prepared, before
	// what it built is checked, and before it is prepared with named objects; 0 means
	// what is right for people, and less than that never.
	PrepareAfter, SettleAfter, NameAfter time.Duration

	// GoCache returns the directory of the go command's build cache, or "".
	GoCache func() string
	// Debug prints a line of the topic plan.
	Debug func(format string, args ...any)
}

// A Builder makes executables, one at a time.
type Builder struct {
	cfg    Config
	chore  sync.WaitGroup // housekeeping in the background, at most one a build
	parted sync.WaitGroup // idle go commands, those left to their end included; two as a rule (goRunIdle)
	alarms chan Alarm     // room for the only one

	// Whether builds may be direct. Builds and the work between them take turns, each waits for
	// the end of the one before it; plans look at the state from elsewhere.
	stateMu sync.Mutex
	state   directState // under stateMu

	// Where direct sessions and their tools put their files: an entry of the store, taken for its
	// directory, and an environment with a work directory in there; nil before the first Prepare.
	scratch *Executable
	toolEnv []string

	// The newest build, and what is done after it. Only Start, Idle and Close
	// touch them.
	last    *Build
	between *idle
}

// NewBuilder returns a Builder.
func NewBuilder(cfg Config) *Builder {
	if cfg.Debug == nil {
		cfg.Debug = func(string, ...any) {}
	}
	if cfg.GoCache == nil {
		cfg.GoCache = func() string { return "" }
	}
	cfg.PrepareAfter = cmp.Or(cfg.PrepareAfter, prepareAfter)
	cfg.SettleAfter = cmp.Or(cfg.SettleAfter, settleAfter)
	cfg.NameAfter = cmp.Or(cfg.NameAfter, nameAfter)
	b := &Builder{cfg: cfg, alarms: make(chan Alarm, 1)}
	if cfg.Engine == "" || cfg.Engine == EngineGo {
		b.state = b.state.turnOff("-engine=go")
	}
	return b
}

// A Build is a build in flight.
type Build struct {
	plan    Plan
	started time.Time

	cancel context.CancelCauseFunc
	done   chan struct{} // closed by the build's goroutine
	result Result        // but for Exe; written before done is closed
	exe    atomic.Pointer[Executable]
}

// A Result is how a build ended. With Err nil and Status 0 there is an
// executable; with Status not 0 Output says why not.
type Result struct {
	Exe    *Executable
	How    string // which way it was made, in words
	Same   bool   // but for its build ID it is the executable that it was compared with; Exe is then nil
	Kept   bool   // Exe was built by an earlier gorun, and is believed to be what would be built now
	Status int    // the go command's exit status
	Output []byte // what the go command said, also when it succeeded
	Err    error  // the go command could not be run, or the build was cancelled
}

// Start begins a build as planned and cancels the one before it, which the new
// one waits for. running is the executable that the result is compared with; it
// may be nil. With out not nil the go command speaks to that file instead of
// into Result.Output.
func (b *Builder) Start(plan Plan, running *Executable, out *os.File) *Build {
	ctx, cancel := context.WithCancelCause(context.Background())
	before, waitIdle := b.last, b.stopIdle()
	build := &Build{plan: plan, started: time.Now(), cancel: cancel, done: make(chan struct{})}
	b.last = build
	if before != nil {
		before.Cancel()
	}
	b.cfg.Debug("%s", plan)
	go func() {
		defer close(build.done)
		defer cancel(nil)
		if before != nil {
			<-before.done
			// What finished just as it was superseded is nobody's.
			before.discard()
		}
		waitIdle()
		b.setDirect(b.directState().planned(plan))
		r := b.run(ctx, plan, running, out)
		build.exe.Store(r.Exe)
		r.Exe = nil
		build.result = r
	}()
	return build
}

// Plan returns what the build carries out.
func (b *Build) Plan() Plan { return b.plan }

// Started returns a time before which the build read no input.
func (b *Build) Started() time.Time { return b.started }

// Done is closed when the build has ended.
func (b *Build) Done() <-chan struct{} { return b.done }

// Result returns how the build ended, once Done is closed. The caller owns the
// executable in it from then on.
func (b *Build) Result() Result {
	<-b.done
	r := b.result
	r.Exe = b.exe.Swap(nil)
	return r
}

// Cancel ends the build soon. Result's error is then ErrSuperseded.
func (b *Build) Cancel() { b.cancel(ErrSuperseded) }

// discard removes an executable that nobody asked for.
func (b *Build) discard() { b.exe.Swap(nil).Remove() }

// Close cancels a build in flight and what is done between builds, and waits for
// both and for housekeeping.
func (b *Builder) Close() {
	b.stopIdle()()
	if b.last != nil {
		b.last.Cancel()
		<-b.last.done
		b.last.discard()
	}
	b.chore.Wait()
	b.parted.Wait()
	b.scratch.Remove()
}

func (b *Builder) run(ctx context.Context, plan Plan, running *Executable, out *os.File) Result {
	if plan.Way == WayNothing {
		return Result{Same: true, How: plan.Way.String()}
	}
	fellBack := false
	if plan.Way == WayDirect {
		r, err := b.runDirect(ctx, running)
		if err == nil {
			return r
		}
		if ctx.Err() != nil {
			return Result{Err: context.Cause(ctx)}
		}
		b.cfg.Debug("%v: go build", err)
		fellBack = true
	}
	r := b.goRun(ctx, errand{out: out, again: running != nil})
	r.How = WayGo.String()
	if r.Exe == nil {
		return r
	}
	if fellBack {
		// The edit compiles, so it was the recipe that did not allow for it: a new one may.
		b.setDirect(b.directState().outgrown())
	}
	if running == nil {
		return r
	}
	same, err := equal.Program(running.Path, r.Exe.Path)
	if err != nil {
		b.cfg.Debug("comparing executables: %v", err)
	}
	if same && err == nil {
		b.chore.Wait() // it may be reading the file
		r.Exe.Remove()
		r.Exe, r.Same = nil, true
		running.outcome, running.settled = nil, false // it is the go command's as well
	}
	return r
}

// maxTries bounds how often go run is asked again that has started nothing.
const maxTries = 3

// An errand is what the go command is to do beyond the build.
type errand struct {
	out      *os.File // where it speaks to, instead of into the result
	again    bool     // one of many: GOCACHE is not to keep the executable
	priority gocmd.Priority
	flags    []string // of gorun's own
}

// goRun lets the go command build the executable and takes it over.
func (b *Builder) goRun(ctx context.Context, e errand) Result {
	exe, err := b.cfg.Store.newEntry()
	if err != nil {
		return Result{Err: fmt.Errorf("%w: %w", ErrStore, err)}
	}
	fail := func(r Result) Result {
		exe.Remove()
		return r
	}
	flag, err := execFlag(b.cfg.Self, cmp.Or(b.cfg.TakeRole, takeRole), exe)
	if err != nil {
		return fail(Result{Err: err})
	}
	env := b.cfg.Env
	if !slices.Contains(b.cfg.Flags, "-work") { // with it the user wants to see the work directory
		if env, err = exe.workIn(env); err != nil {
			return fail(Result{Err: fmt.Errorf("%w: %w", ErrStore, err)})
		}
	}
	args := []string{"run"}
	args = append(args, b.cfg.Flags...)
	args = append(args, e.flags...)
	args = append(args, flag)
	args = append(args, b.cfg.Patterns...)
	var r gocmd.Result
	var t taken
	for try := 1; ; try++ {
		r, err = gocmd.Invocation{
			Go: b.cfg.Go, Args: args, Dir: b.cfg.Dir, Env: env,
			Stdin: b.cfg.Stdin, Stdout: e.out, Stderr: e.out, Combined: e.out == nil, Priority: e.priority, Plain: b.cfg.Plain,
		}.Run(ctx)
		switch {
		case err != nil:
			return fail(Result{Err: err, Output: r.Stderr})
		case r.Status != 0:
			return fail(Result{Status: r.Status, Output: r.Stderr})
		}
		if t, err = exe.readTaken(); err == nil {
			break
		}
		// Seen where several gorun build one program at a time (Go 1.26.8), a
		// build in a hundred: go run ends with 0 and has started nothing.
		if try == maxTries {
			return fail(Result{Output: r.Stderr, Err: fmt.Errorf("%w: the go command ended well but it is not in the cache directory: %w", ErrStore, err)})
		}
		b.cfg.Debug("the go command ended well but started nothing: once more")
	}
	if e.again {
		clean := func() {
			if err := uncache(b.cfg.GoCache(), t, exe.Path); err != nil {
				b.cfg.Debug("GOCACHE keeps a copy of %s: %v", filepath.Base(exe.Path), err)
			}
		}
		if e.priority == gocmd.Idle {
			clean()
		} else {
			b.chore.Go(clean)
		}
	}
	return Result{Exe: exe, Output: r.Stderr}
}
