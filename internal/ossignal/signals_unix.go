//go:build unix

package ossignal

import (
	"os"
	"os/signal"
	"syscall"
)

// names are the signals that Stop takes: those that ask a program to do something and
// that it can catch, and KILL.
var names = map[string]syscall.Signal{
	"HUP":  syscall.SIGHUP,
	"INT":  syscall.SIGINT,
	"QUIT": syscall.SIGQUIT,
	"TERM": syscall.SIGTERM,
	"KILL": syscall.SIGKILL,
	"USR1": syscall.SIGUSR1,
	"USR2": syscall.SIGUSR2,
}

// NotifyRestart calls restart, in a goroutine of its own, for each SIGUSR1 until stop is
// called; restart returns when its argument is closed, which stop does. It does nothing
// where whoever started gorun wants the signal ignored.
func NotifyRestart(restart func(stopped <-chan struct{})) (stop func()) {
	if signal.Ignored(syscall.SIGUSR1) {
		return func() {}
	}
	signals := make(chan os.Signal, 1) // a second one while the first waits says nothing new
	stopped := make(chan struct{})
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for {
			select {
			case <-signals:
				restart(stopped)
			case <-stopped:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(stopped)
	}
}

// NotifyEnd sends the signals that end gorun to a channel until stop is called, but for
// those that whoever started gorun wants ignored (nohup, a shell's background job).
func NotifyEnd(c chan<- os.Signal) (stop func()) {
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	return func() { signal.Stop(c) }
}

// NotifyBrokenPipe has a write to a reader that has gone fail, where by default it would end gorun without a
// word to the program. What gorun starts has the default again.
func NotifyBrokenPipe() (stop func()) {
	if signal.Ignored(syscall.SIGPIPE) {
		return func() {}
	}
	c := make(chan os.Signal, 1) // nobody receives: the write's error says the same
	signal.Notify(c, syscall.SIGPIPE)
	return func() { signal.Stop(c) }
}
