package incremental

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// An Engine says which ways a Builder may take.
type Engine string

// The engines.
const (
	EngineAuto  Engine = "auto"  // all
	EngineExact Engine = "exact" // direct, without twins
	EngineGo    Engine = "go"    // the go command only
)

// runDirect builds directly. An error is a *direct.Refusal, or the context's.
func (b *Builder) runDirect(ctx context.Context, running *Executable) (Result, error) {
	d := b.directState().session
	if d == nil || running == nil {
		return Result{}, direct.Refuse("the recipe is gone")
	}
	out, err := b.buildDirect(ctx, d)
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
		running.outcome, running.settled = out, false // that it is the same is to be checked, too
		return Result{Same: true, How: how}, nil
	}
	if filepath.Base(out.Executable) != filepath.Base(running.Path) {
		return Result{}, direct.Refuse("the executable has another name")
	}
	exe, err := b.cfg.Store.newEntry()
	if err != nil {
		return Result{}, direct.Refuse("%v", err)
	}
	exe.Path = filepath.Join(exe.bin(), filepath.Base(out.Executable))
	exe.Dir, exe.PATH = running.Dir, running.PATH
	exe.key, exe.outcome = out.Key, out
	if err := os.Link(out.Executable, exe.Path); err != nil {
		if err := copyFile(out.Executable, exe.Path); err != nil {
			exe.Remove()
			return Result{}, direct.Refuse("%v", err)
		}
	}
	return Result{Exe: exe, How: how}, nil
}

// buildDirect is Direct.Build. A fault in it is reported and costs the direct
// way, not the program that runs.
func (b *Builder) buildDirect(ctx context.Context, d *direct.Session) (out *direct.Outcome, err error) {
	if !testing.Testing() {
		defer func() {
			if v := recover(); v != nil {
				b.cfg.Debug("direct: %v\n%s", v, debug.Stack())
				b.setDirect(b.directState().turnOff("the direct way has a fault"))
				out, err = nil, direct.Refuse("%v", v)
			}
		}()
	}
	return d.Build(ctx)
}

// setup is what Prepare needs for a program of these packages.
func (b *Builder) setup(packages []direct.Package, work string) (direct.Setup, error) {
	s := direct.Setup{
		Run:      b.tool(gocmd.Normal),
		Behind:   b.tool(gocmd.Behind),
		Idle:     b.tool(gocmd.Idle),
		Go:       b.cfg.Go,
		Dir:      b.cfg.Dir,
		Env:      b.toolEnv,
		Target:   b.cfg.Patterns,
		Packages: packages,
		Work:     work,
		Exact:    b.cfg.Engine == EngineExact,
		Prev:     b.directState().session,
		Debug:    b.cfg.Debug,
	}
	s.Flags = slices.DeleteFunc(slices.Clone(b.cfg.Flags), func(f string) bool {
		return strings.TrimLeft(f, "-") == "v" // names packages, and changes nothing
	})
	if s.Dir != "" {
		return s, nil
	}
	var err error
	s.Dir, err = os.Getwd()
	return s, err
}

// tool returns the Runner of the go command's tools.
func (b *Builder) tool(priority gocmd.Priority) direct.Runner {
	return func(ctx context.Context, argv []string, dir string, env []string) ([]byte, []byte, error) {
		r, err := gocmd.Tool{Argv: argv, Dir: dir, Env: env, Priority: priority}.Run(ctx)
		if err == nil && r.Status != 0 {
			err = fmt.Errorf("exit status %d", r.Status)
		}
		return r.Stdout, r.Stderr, err
	}
}

// checkable reports whether two executables of this kind can be compared, which
// is what every direct build is checked by in the end, and whether line tables
// can be left out of it: not where relocations hold what moves with them.
func checkable(path string) (yes, lines bool) {
	f, err := elf.Open(path)
	if err != nil {
		return false, false
	}
	defer f.Close()
	return true, f.Machine == elf.EM_X86_64 && f.Type == elf.ET_EXEC
}

// asNotDirect tells a *direct.Refusal from a context's error.
func asNotDirect(err error) (reason string, ok bool) {
	var nd *direct.Refusal
	if errors.As(err, &nd) {
		return nd.Reason, true
	}
	return "", false
}
