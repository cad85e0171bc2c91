package exec

import (
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// errorTerminal opens a pseudo terminal (pts(4)) of the size of a terminal: a program whose
// standard error gorun reads still finds a terminal there, and colours what it says. It is
// no more than that: the controlling terminal stays what it is, and with it job control,
// signals and what is typed. What the program writes comes out as it is, byte for byte. If to
// is no terminal, or there can be none (a container without devpts), program is nil.
//
// end is to be called when nothing is read any more.
func errorTerminal(to *os.File) (ours, program *os.File, end func()) {
	end = func() {}
	size, err := unix.IoctlGetWinsize(int(to.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return nil, nil, end
	}
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, end
	}
	ours = os.NewFile(uintptr(fd), "standard error")
	other := -1
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		other, err = unix.Open(fmt.Sprintf("/dev/pts/%d", number), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		ours.Close()
		return nil, nil, end
	}
	modes, err := unix.IoctlGetTermios(other, unix.TCGETS)
	if err == nil {
		modes.Lflag &^= unix.ECHO
		modes.Oflag &^= unix.OPOST // the terminal itself does that
		_ = unix.IoctlSetTermios(other, unix.TCSETS, modes)
	}
	_ = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, size)
	program = os.NewFile(uintptr(other), "standard error")

	resized := make(chan os.Signal, 1) // closed by end
	signal.Notify(resized, unix.SIGWINCH)
	go func() {
		for range resized {
			size, err := unix.IoctlGetWinsize(int(to.Fd()), unix.TIOCGWINSZ)
			raw, rerr := ours.SyscallConn()
			if err == nil && rerr == nil {
				_ = raw.Control(func(fd uintptr) { _ = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, size) })
			}
		}
	}()
	return ours, program, func() {
		signal.Stop(resized)
		close(resized)
	}
}
