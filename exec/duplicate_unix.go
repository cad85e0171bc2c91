//go:build unix

package exec

import (
	"os"

	"golang.org/x/sys/unix"
)

// duplicate returns a file of ours for a stream. On descriptors 1 and 2 themselves a
// write that nobody reads would end gorun (os/signal, SIGPIPE).
func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}
