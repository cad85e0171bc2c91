package exec

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/pty"
)

// errorTerminal opens a pseudo-terminal of the size of a terminal: a program whose
// standard error gorun reads still finds a terminal there, and colours what it says. It is
// no more than that: the controlling terminal stays what it is, and with it job control,
// signals and what is typed. If to is no terminal, or there can be none (a container without
// devpts, another system), program is nil.
//
// end is to be called when nothing is read any more.
func errorTerminal(to *os.File) (ours, program *os.File, end func()) {
	none := func() {}
	size, ok := pty.SizeOf(to)
	if !ok {
		return nil, nil, none
	}
	ours, program, err := pty.Open(size)
	if err != nil {
		return nil, nil, none
	}
	resized := make(chan os.Signal, 1) // closed by end
	signal.Notify(resized, unix.SIGWINCH)
	go func() {
		for range resized {
			if size, ok := pty.SizeOf(to); ok {
				pty.SetSize(ours, size)
			}
		}
	}()
	return ours, program, func() {
		signal.Stop(resized)
		close(resized)
	}
}
