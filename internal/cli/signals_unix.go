//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/gorun-dev/gorun/internal/live"
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

// notifyRestart has SIGUSR1 ask for a restart, as -tell restart does.
func notifyRestart(requests chan<- live.Request) (stop func()) {
	if signal.Ignored(syscall.SIGUSR1) {
		return func() {}
	}
	signals := make(chan os.Signal, 1) // a second one while the first waits says nothing new
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for {
			select {
			case <-signals:
			case <-done:
				return
			}
			select {
			case requests <- live.Request{Do: live.DoRestart, By: "SIGUSR1"}:
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
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

// notifyBrokenPipe has a write to a reader that has gone fail, where by default it would end gorun without
// a word to the program. What gorun starts has the default again.
func notifyBrokenPipe() (stop func()) {
	if signal.Ignored(syscall.SIGPIPE) {
		return func() {}
	}
	c := make(chan os.Signal, 1) // nobody looks: the write's error says the same
	signal.Notify(c, syscall.SIGPIPE)
	return func() { signal.Stop(c) }
}
