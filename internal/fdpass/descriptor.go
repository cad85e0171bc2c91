//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fdpass

import (
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Descriptor reads and writes a blocking descriptor without the runtime's poller,
// whose start would cost a short-lived process time.
type Descriptor int

func (d Descriptor) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(d), b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (d Descriptor) Write(b []byte) (int, error) {
	for written := 0; ; {
		n, err := unix.Write(int(d), b[written:])
		if err != nil && err != unix.EINTR {
			return written, err
		}
		if written += max(n, 0); written == len(b) {
			return written, nil
		}
	}
}

// Socketpair returns two ends of a socket, both closed on exec.
func Socketpair() (mine, its int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return 0, 0, os.NewSyscallError("socketpair", err)
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	return p[0], p[1], nil
}

// Renumber gives descriptors the numbers from 3 on, in their order, for the program
// that this process executes next. Other descriptors there are overwritten: it is for
// a process that has none, because nobody asked the runtime for its poller.
func Renumber(descriptors []int) error {
	for i, fd := range descriptors {
		if fd < 3+len(descriptors) && fd != 3+i {
			// Its number may be the new one of another.
			moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3+len(descriptors))
			if err != nil {
				return err
			}
			unix.Close(fd)
			descriptors[i] = moved
		}
	}
	for i, fd := range descriptors {
		if fd == 3+i {
			continue
		}
		if err := unix.Dup2(fd, 3+i); err != nil {
			return err
		}
		unix.Close(fd)
	}
	return nil
}
