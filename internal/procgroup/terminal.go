//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import "golang.org/x/sys/unix"

// HasTerminal reports whether this process has a controlling terminal. If so,
// the programs it starts share its process group, as under go run: the
// terminal's ^C, ^\ and ^Z reach each of them once, they may read the terminal,
// and the shell's job control sees one job. Without one each gets a group of
// its own.
//
// It is not standard input that decides. With `gorun . <file` a program may
// still read /dev/tty or set the terminal's modes through standard output, and
// from a background group either would stop it for good.
func HasTerminal() bool {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}
