//go:build !unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// signalNames are the signals that -signal takes. Windows has no other way to
// ask a program to end than a console event; exec sends that for INT and TERM.
var signalNames = map[string]syscall.Signal{
	"INT":  syscall.SIGINT,
	"TERM": syscall.SIGTERM,
	"KILL": syscall.SIGKILL,
}

// notify sends the signals that end gorun to a channel.
func notify(c chan<- os.Signal) (stop func()) {
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return func() { signal.Stop(c) }
}
