//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// hangupIgnored is whether this process was started with SIGHUP ignored, as
// nohup does. It is read before anybody can have called signal.Notify, after which
// the signal is not ignored any more, here and in every process started later.
var hangupIgnored = signal.Ignored(syscall.SIGHUP)

// SignalName is "SIGTERM" and the like.
func SignalName(sig syscall.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return sig.String()
}

// catchSignals makes the keeper survive every signal that it can, so that it is there
// to do its work. It catches and does not ignore: what is caught is reset to
// its default by exec, what is ignored would stay ignored in the program.
//
// What the Go runtime leaves alone (SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT) is left
// alone here: the program must find it as it would without a keeper, and one
// that stops and continues with its group does no harm.
func (k *keeper) catchSignals() (deaths, signals chan os.Signal) {
	deaths = make(chan os.Signal, 1)   // never closed; one is enough, as reap waits for all that have died
	signals = make(chan os.Signal, 32) // never closed
	signal.Notify(deaths, unix.SIGCHLD)
	for n := syscall.Signal(1); n < 32; n++ {
		switch n {
		case unix.SIGKILL, unix.SIGSTOP:
		case unix.SIGCHLD:
		case unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGCONT:
		case unix.SIGURG, unix.SIGPROF: // the runtime's own
		case unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGSEGV, unix.SIGSYS: // a crash
		case unix.SIGWINCH: // of no effect
		default:
			signal.Notify(signals, n)
		}
	}
	return deaths, signals
}
