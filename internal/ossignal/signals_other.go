//go:build !unix

package ossignal

import (
	"os"
	"os/signal"
	"syscall"
)

// names are the signals that Stop takes. Windows has no other way to ask a program to end
// than a console event; exec sends that for INT and TERM.
var names = map[string]syscall.Signal{
	"INT":  syscall.SIGINT,
	"TERM": syscall.SIGTERM,
	"KILL": syscall.SIGKILL,
}

// NotifyRestart does nothing: there is no such signal.
func NotifyRestart(func(stopped <-chan struct{})) (stop func()) { return func() {} }

// NotifyEnd sends the signals that end gorun to a channel until stop is called.
func NotifyEnd(c chan<- os.Signal) (stop func()) {
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return func() { signal.Stop(c) }
}

// NotifyBrokenPipe does nothing: there is no such signal.
func NotifyBrokenPipe() (stop func()) { return func() {} }
