package programs

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A terminalSize is that of gorun's terminal.
type terminalSize struct{ rows, columns uint16 }

// sizeOf returns the size of a terminal; zero if it has none.
func sizeOf(f *os.File) terminalSize {
	ws, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return terminalSize{}
	}
	return terminalSize{ws.Row, ws.Col}
}

// less returns the size without some columns.
func (s terminalSize) less(columns int) terminalSize {
	if int(s.columns) > columns {
		s.columns -= uint16(columns)
	}
	return s
}

// setSize gives a pseudo-terminal a size, unless that is unknown.
func setSize(fd int, size terminalSize) {
	if size.columns > 0 {
		_ = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: size.rows, Col: size.columns})
	}
}

// openPTY opens a pseudo-terminal of a size (pts(4)). What is written to it comes out as it
// is, and what is typed is not shown once more.
func openPTY(size terminalSize) (master, slave *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, &os.PathError{Op: "open", Path: "/dev/ptmx", Err: err}
	}
	master = os.NewFile(uintptr(fd), "pty")
	fail := func(call string, err error) (*os.File, *os.File, error) {
		master.Close()
		return nil, nil, os.NewSyscallError(call, err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return fail("TIOCSPTLCK", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return fail("TIOCGPTN", err)
	}
	name := fmt.Sprintf("/dev/pts/%d", n)
	end, err := unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fail("open "+name, err)
	}
	slave = os.NewFile(uintptr(end), name)
	if modes, err := unix.IoctlGetTermios(end, unix.TCGETS); err == nil {
		modes.Lflag &^= unix.ECHO
		modes.Oflag &^= unix.OPOST
		_ = unix.IoctlSetTermios(end, unix.TCSETS, modes)
	}
	setSize(end, size)
	return master, slave, nil
}

// endInput tells who reads a pseudo-terminal, or a pipe, that nothing more comes.
func endInput(to *os.File) {
	if _, err := unix.IoctlGetTermios(int(to.Fd()), unix.TCGETS); err == nil {
		_, _ = to.Write([]byte{4}) // ^D
		return
	}
	to.Close()
}
