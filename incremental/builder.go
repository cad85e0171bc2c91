package incremental

import (
	"cmp"
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental/ahead"
	"github.com/gorun-dev/gorun/incremental/direct"
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
	Dir      string   // where the go command runs: what is at this path when a build begins
	Env      []string // its environment
	Flags    []string // -C first, then the build flags, without -exec
	Patterns []string // one package or .go files
	Store    *Store

	// Plain starts the go command as a plain child, see gocmd.Invocation. It is for a gorun
	// that becomes the program after its only build, and so not for the direct way.
	Plain bool
	// Stdin is the go command's standard input, which it hands on to the helper of
	// -exec; nil is the null device.
	Stdin *os.File
	// HelperRole is the hidden argument that makes gorun that helper, for a caller whose own
	// role does more and calls ReceiveExecutable for this part; "" is incremental's own role.
	HelperRole string

	// Engine says which ways may be used; "" is EngineGo.
	Engine Engine
	// LinkAhead has a link wait for the next direct build (package ahead).
	LinkAhead bool
	// Compiles are shared with Builders of other programs, which have the same Env; nil: none are.
	Compiles *Compiles
	// Turns say when the program is linked, among those of other Builders; nil: it is alone.
	Turns *ProgramTurns
	// How long nothing must have happened before the direct way is prepared, before
	// what it built is verified, and before the named set is built; 0 means what is
	// right for people, and less than that never.
	PrepareAfter, VerifyAfter, NamedSetAfter time.Duration

	// SaveAs names the program among those of which a session is saved for the next gorun; "" saves none.
	// It stands for the command line, and for the environment as far as that decides the build.
	SaveAs string
	// Record has a record say what the program is, and reports whether it does. running is what runs, which
	// is the same program. Nil records nothing.
	Record func(r Recording, running *Executable) bool

	// MakeNamedSet has a process of its own make the named set, and waits for that; nil where there is none.
	MakeNamedSet func(ctx context.Context) error

	// Uncached is what is known of files that the go command does not know as inputs, before
	// there is a graph (Builder.Follow).
	Uncached depgraph.Uncached

	// GoCache returns the directory of the go command's build cache, or "".
	GoCache func() string
	// Progress shows what the go command says of downloads, while it waits for them; nil if
	// that is part of the Output. It is called from a goroutine of the build.
	Progress func(line []byte)
	// Debug prints a line of the topic plan.
	Debug func(format string, args ...any)
}

// Compiles are those that several Builders share.
type Compiles = direct.Compiles

// Turns are those of several Builders' programs, ProgramTurns those of one.
type (
	Turns        = direct.Turns
	ProgramTurns = direct.ProgramTurns
)

// NewTurns returns Turns.
func NewTurns() *Turns { return direct.NewTurns() }

// An Engine says which ways a Builder may use.
type Engine string

// The engines.
const (
	EngineAuto  Engine = "auto"  // all
	EngineExact Engine = "exact" // direct, without twins
	EngineGo    Engine = "go"    // the go command only
)

// A Builder makes executables, one at a time.
type Builder struct {
	cfg     Config
	cleanup sync.WaitGroup // removing copies from GOCACHE in the background, at most one a build
	idleGo  sync.WaitGroup // go commands of idle work, interrupted ones included; two as a rule (goRunIdle)
	alarms  chan Alarm     // room for the only one

	// Whether builds may be direct. Only one build or one piece of idle work runs at a time, and
	// only those replace the state; plans read it from another goroutine.
	stateMu  sync.Mutex
	state    directState // under stateMu
	restored *restored   // under stateMu; nil once the program was seen

	// What is saved, and recorded: only one build or piece of idle work touches them at a time.
	saved        mark
	saidNamedSet bool        // how far it is
	recorded     *Executable // of this gorun, which the record names; nil if there is none

	uncached uncachedFiles

	// Where direct sessions and their tools put their files: an entry of the store, used for its
	// directory alone, and an environment with a work directory in there; nil before the first
	// Prepare.
	scratchMu sync.Mutex // a session is restored while a build runs
	closed    bool       // under scratchMu
	scratch   *Executable
	toolEnv   []string
	ahead     *ahead.Linker // nil before the first Prepare, and without Config.LinkAhead

	// The newest build, and what is done after it. Only Start, Idle and Close
	// touch them.
	last     *Build
	idleWork *idleWork
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
	cfg.VerifyAfter = cmp.Or(cfg.VerifyAfter, verifyAfter)
	cfg.NamedSetAfter = cmp.Or(cfg.NamedSetAfter, namedSetAfter)
	b := &Builder{cfg: cfg, alarms: make(chan Alarm, 1)}
	b.uncached.list = cfg.Uncached
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

	canceled bool // as of its end; written before done is closed
}

// A Result is how a build ended. With Err nil and Status 0 there is an
// executable; with Status not 0 Output says why not.
type Result struct {
	Exe    *Executable
	How    string // which way it was built, in words
	Same   bool   // but for its build ID it is the executable that it was compared with; Exe is then nil
	Reused bool   // Exe was built by an earlier gorun, and is believed to be what would be built now
	Status int    // the go command's exit status
	Output []byte // what the go command said, also when it succeeded
	Err    error  // the go command could not be run, or the build was cancelled
}

// NoDirectory reports whether nothing was built because the directory in which the go command runs
// is not there. It may come back.
func (r Result) NoDirectory() bool {
	_, no := errors.AsType[*gocmd.NoDirectoryError](r.Err)
	return no
}

// Start begins a build as planned and cancels the one before it, which the new
// one waits for. running is the executable that the result is compared with; it
// may be nil. With out not nil the go command speaks to that file instead of
// into Result.Output.
func (b *Builder) Start(plan Plan, running *Executable, out *os.File) *Build {
	none := func(context.Context) *Executable { return nil }
	return b.StartUnless(none, plan, running, out)
}

// StartUnless is Start for a build that may turn out to be needless: made is called first, from the
// build's goroutine, with a context that ends with the build. The executable that it returns is the
// result; there is a build where it returns none.
func (b *Builder) StartUnless(
	made func(context.Context) *Executable, plan Plan, running *Executable, out *os.File,
) *Build {
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
			// It may have finished just as it was superseded: then nobody will read its Result.
			before.discard()
		}
		waitIdle()
		var r Result
		if exe := made(ctx); exe != nil {
			r = Result{Exe: exe, Reused: true, How: builtBefore}
		} else if ctx.Err() != nil {
			r = Result{Err: context.Cause(ctx)}
		} else {
			b.updateDirect(func(s directState) directState { return s.planned(plan) })
			r = b.run(ctx, plan, running, out)
		}
		build.exe.Store(r.Exe)
		r.Exe = nil
		build.result, build.canceled = r, ctx.Err() != nil
	}()
	return build
}

// builtBefore is how an executable came about that an earlier gorun, or another one, has built.
const builtBefore = "built before"

// BuiltBefore returns a build that is done: there is an executable of an earlier gorun.
func BuiltBefore(exe *Executable) *Build {
	b := &Build{
		plan:    Plan{Because: builtBefore},
		started: time.Now(),
		cancel:  func(error) {},
		done:    make(chan struct{}),
		result:  Result{Reused: true, How: builtBefore},
	}
	b.exe.Store(exe)
	close(b.done)
	return b
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

// Canceled reports whether the build was ended before its time, once Done is closed.
func (b *Build) Canceled() bool {
	<-b.done
	return b.canceled
}

// Cancel ends the build soon. Result's error is then ErrSuperseded.
func (b *Build) Cancel() { b.cancel(ErrSuperseded) }

// discard removes the executable of a build whose Result nobody reads.
func (b *Build) discard() { b.exe.Swap(nil).Remove() }

// Close cancels a build in flight and the work between builds, and waits for both and
// for what cleans up after them.
func (b *Builder) Close() {
	b.stopIdle()()
	if b.last != nil {
		b.last.Cancel()
		<-b.last.done
		b.last.discard()
	}
	b.cleanup.Wait()
	b.idleGo.Wait()
	b.scratchMu.Lock()
	defer b.scratchMu.Unlock()
	b.closed = true
	if b.ahead != nil {
		b.ahead.Close()
	}
	b.scratch.Remove()
}

func (b *Builder) run(ctx context.Context, plan Plan, running *Executable, out *os.File) Result {
	if plan.Way == WayNothing {
		return Result{Same: true, How: plan.Way.String()}
	}
	fellBack := false
	b.recognize(running)
	if plan.Confirms && (running == nil || running.outcome == nil) {
		plan.Way = WayGo
	}
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
	r := b.goRun(ctx, goRunOptions{out: out, oneOfMany: running != nil})
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
		b.cleanup.Wait() // it may be reading the file
		made := r.Exe.uncached
		r.Exe.Remove()
		r.Exe, r.Same = nil, true
		running.outcome, running.verified = nil, false // the go command has made it as well
		running.uncached = made
	}
	return r
}
