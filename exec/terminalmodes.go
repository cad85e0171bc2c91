package exec

import (
	"sync"

	"golang.org/x/term"
)

// modes are those of the terminal that gorun runs in. A program that sets the
// terminal raw and is then killed, or panics, leaves it so; it is put back when
// nobody is left who could have wanted it.
//
// One for the process, as there is one terminal.
var modes terminalModes

type terminalModes struct {
	mu      sync.Mutex
	running int // programs
	before  *term.State
}

// programStarts is called before a program starts.
func (t *terminalModes) programStarts() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running++
	if t.running > 1 {
		return // the other program may have changed them
	}
	t.before = nil
	tty, ok := openTerminal()
	if !ok {
		return
	}
	defer tty.close()
	if s, err := term.GetState(tty.fd); err == nil {
		t.before = s
	}
}

// programEnded is called when a program has ended, with all that it started.
func (t *terminalModes) programEnded() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running--
	if t.running > 0 || t.before == nil {
		return
	}
	tty, ok := openTerminal()
	if !ok {
		return
	}
	defer tty.close()
	if !tty.takeForeground() {
		return // the shell has it, and puts it in order itself
	}
	if now, err := term.GetState(tty.fd); err == nil && *now != *t.before {
		_ = term.Restore(tty.fd, t.before)
	}
}
