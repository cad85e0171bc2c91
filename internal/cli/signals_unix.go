//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// signalNames are the signals that -signal takes: those that ask a program to
// do something and that it can catch.
var signalNames = map[string]syscall.Signal{
	"HUP":  syscall.SIGHUP,
	"INT":  syscall.SIGINT,
	"QUIT": syscall.SIGQUIT,
	"TERM": syscall.SIGTERM,
	"KILL": syscall.SIGKILL,
	"USR1": syscall.SIGUSR1,
	"USR2": syscall.SIGUSR2,
}

// notify sends the signals that end gorun to a channel, but for those that
// whoever started gorun wants ignored (nohup, a shell's background job).
func notify(c chan<- os.Signal) (stop func()) {
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(sig) {
			signal.Notify(c, sig)
		}
	}
	return func() { signal.Stop(c) }
}
