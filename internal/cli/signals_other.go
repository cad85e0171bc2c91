//go:build !unix

package cli

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/gorun-dev/gorun/internal/live"
)

// signalNames are the signals that -signal takes. Windows has no other way to
// ask a program to end than a console event; exec sends that for INT and TERM.
var signalNames = map[string]syscall.Signal{
	"INT":  syscall.SIGINT,
	"TERM": syscall.SIGTERM,
	"KILL": syscall.SIGKILL,
}

// notifyRestart does nothing: there is no such signal.
func notifyRestart(chan<- live.Request) (stop func()) { return func() {} }

// notify sends the signals that end gorun to a channel.
func notify(c chan<- os.Signal) (stop func()) {
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return func() { signal.Stop(c) }
}

// notifyBrokenPipe does nothing: there is no such signal.
func notifyBrokenPipe() (stop func()) { return func() {} }
