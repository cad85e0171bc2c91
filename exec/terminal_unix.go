//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package exec

import (
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// A terminal is the controlling terminal.
type terminal struct{ fd int }

func openTerminal() (terminal, bool) {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	return terminal{fd}, err == nil
}

func (t terminal) close() { unix.Close(t.fd) }

// takeForeground reports whether this process group has the terminal, so that
// setting its modes does not stop us. A program that gave it to a group of its
// own (an interactive shell) and was killed has left it to nobody: then we
// take it back.
func (t terminal) takeForeground() bool {
	own := unix.Getpgrp()
	holder, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
	if err != nil {
		return false
	}
	if holder == own {
		return true
	}
	if unix.Kill(-holder, 0) != unix.ESRCH {
		return false
	}
	// A background group that does this gets SIGTTOU, unless it is ignored.
	// Nothing may be started meanwhile: it would inherit that.
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
	if !signal.Ignored(unix.SIGTTOU) {
		signal.Ignore(unix.SIGTTOU)
		defer signal.Reset(unix.SIGTTOU)
	}
	return unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, own) == nil
}
