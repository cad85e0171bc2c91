//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package startcache

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock locks a file without waiting. The lock belongs to the open file, so a process
// that inherits the file holds the lock, too. (Package gofrs/flock does not give out its
// file.)
func tryLock(f *os.File, exclusive bool) (bool, error) {
	how := unix.LOCK_SH
	if exclusive {
		how = unix.LOCK_EX
	}
	for {
		switch err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, unix.EINTR):
			return false, err
		}
	}
}

// closeOnExec keeps an inherited descriptor from the processes started here.
func closeOnExec(fd int) { unix.CloseOnExec(fd) }
