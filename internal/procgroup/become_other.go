//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package procgroup

import (
	"os"
	"os/signal"
	"syscall"
)

// Become runs the program in this process's place, as far as that goes without
// execve: it starts it, passes interrupts on, waits, and returns an [*Ended]
// with the status that this process is to exit with, or a [*startfailure.Error].
func Become(spec Spec) error {
	interrupts := make(chan os.Signal, 1) // never closed
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	spec.LeaveRest = true // as an execve would
	g, err := Start(spec)
	if err != nil {
		return err
	}
	for {
		select {
		case <-interrupts:
			g.Forward(syscall.SIGINT)
		case <-g.Done():
			return &Ended{g.Outcome()}
		}
	}
}
