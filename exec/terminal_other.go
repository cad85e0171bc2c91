//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package exec

import "os"

// A terminal is the console of standard input.
type terminal struct{ fd int }

func openTerminal() (terminal, bool) { return terminal{int(os.Stdin.Fd())}, true }

func (t terminal) close() {}

func (t terminal) takeForeground() bool { return true }
