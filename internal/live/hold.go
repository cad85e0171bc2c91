package live

import (
	"github.com/gorun-dev/gorun/incremental"
)

// Options.Hold: a save builds, but the program runs on until somebody asks for the
// new version. A debugger's breakpoints survive what is typed meanwhile.

// A held version is built and waits to be asked for.
type held struct {
	exe   *incremental.Executable
	how   string // how exe was built
	graph Graph  // what exe was built from
}

// hold keeps a new version for later.
func (l *loop) hold(exe *incremental.Executable, how string) {
	l.held = &held{exe, how, l.graph}
	l.broken = false
	l.current.over = true
	l.tellUnloaded()
	l.Say("%s: %s in %s; gorun -tell restart starts it", l.why(), how, l.current.took())
}

func (l *loop) dropHeld() {
	if l.held != nil {
		l.drop(l.held.exe)
		l.held = nil
	}
}

// startHeld puts the version that was held back in the program's place.
func (l *loop) startHeld() {
	h := l.held
	l.held, l.due = nil, nil
	switch {
	case l.program != nil && l.opts.Overlap:
		l.startBeside(h.exe, h.how, h.graph)
		return
	case l.program != nil:
		l.next, l.nextHow = h.exe, h.how
		l.program.Retire()
	default:
		l.start(h.exe, h.how)
	}
	l.base = h.graph
}
