package pty

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// SizeOf returns the size of a terminal; ok is false if the file is none, or closed.
func SizeOf(f *os.File) (size Size, ok bool) {
	c, err := f.SyscallConn()
	if err != nil {
		return Size{}, false
	}
	var ws *unix.Winsize
	cerr := c.Control(func(fd uintptr) { ws, err = unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ) })
	if cerr != nil || err != nil {
		return Size{}, false
	}
	return Size{ws.Row, ws.Col}, true
}

// SetSize gives a pseudo-terminal a size, unless that is unknown. The file may be closed meanwhile.
func SetSize(master *os.File, size Size) {
	if size.Columns == 0 {
		return
	}
	if c, err := master.SyscallConn(); err == nil {
		_ = c.Control(func(fd uintptr) { setSize(int(fd), size) })
	}
}

func setSize(fd int, size Size) {
	_ = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: size.Rows, Col: size.Columns})
}

// Open opens a pseudo-terminal of a size: master is gorun's end, slave the program's.
func Open(size Size) (master, slave *os.File, err error) {
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
	n, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
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
	if size.Columns > 0 {
		setSize(end, size)
	}
	return master, slave, nil
}
