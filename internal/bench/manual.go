package main

import (
	"context"
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// What somebody does who notices a save in no time and works by hand. It is the
// bound for a watcher that builds as the go command does, and, as the floor, for
// one that knows what need not be built.

// A manual does what is to be done for a save.
type manual interface {
	// saved brings the program up to date. The edit is "" at the start. A
	// *buildError means that the files do not compile.
	saved(ctx context.Context, e string) error
	stop()
}

// A buildError says that a build by hand has failed.
type buildError struct{ err error }

func (e *buildError) Error() string { return e.err.Error() }

// started is a program that was started by hand.
type started struct {
	tn    *turn
	group *procgroup.Group
}

func (h *started) replace(argv []string) error {
	h.stop()
	g, err := h.tn.launch(argv)
	h.group = g
	return err
}

func (h *started) stop() {
	if h.group != nil {
		stopGroup(h.group)
		h.group = nil
	}
}

// goBuild is `go build`, then stop and start.
type goBuild struct {
	started
	flags []string
}

func newGoBuild(tn *turn) manual { return &goBuild{started: started{tn: tn}} }

func newGoBuildStripped(tn *turn) manual {
	return &goBuild{started: started{tn: tn}, flags: []string{"-ldflags=-s -w"}}
}

func (h *goBuild) saved(ctx context.Context, _ string) error {
	exe := filepath.Join(h.tn.program.root, h.tn.tool.exe())
	argv := append([]string{"go", "build", "-o", exe}, h.flags...)
	if err := h.tn.make(ctx, append(argv, h.tn.program.pkg)...); err != nil {
		return err
	}
	return h.replace(append([]string{exe}, h.tn.program.args...))
}

func (tn *turn) make(ctx context.Context, argv ...string) error {
	_, err := tn.output(ctx, tn.program.root, tn.env, argv...)
	if err != nil && ctx.Err() == nil {
		return &buildError{err}
	}
	return err
}

// goRun is ^C, then `go run`.
type goRun struct{ started }

func newGoRun(tn *turn) manual { return &goRun{started{tn: tn}} }

func (h *goRun) saved(context.Context, string) error {
	h.stop()
	return h.replace(append([]string{h.tn.goCmd, "run", h.tn.program.pkg}, h.tn.program.args...))
}

// stop kills: a terminal's ^C reaches both the go command and the program, and a
// signal to the go command only one of them.
func (h *goRun) stop() {
	if h.group != nil {
		h.group.Kill()
	}
	h.started.stop()
}
