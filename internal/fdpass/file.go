//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fdpass

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// WriteFile writes a message into a file that has no name, for a process that executes
// the one that will read it, or forks it. The descriptor is closed on exec.
func WriteFile(version string, fields []string) (fd int, err error) {
	if err := Check(fields); err != nil {
		return -1, err
	}
	fd, err = namelessFile()
	if err != nil {
		return -1, err
	}
	if _, err = Descriptor(fd).Write(encode(version, fields)); err == nil {
		_, err = unix.Seek(fd, 0, io.SeekStart) // who inherits the descriptor shares its position
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// ReadFile reads what WriteFile has written, and closes the descriptor. The error is
// ErrVersion if something else is there.
func ReadFile(fd int, version string) (fields []string, err error) {
	defer unix.Close(fd)
	body, err := io.ReadAll(Descriptor(fd))
	if err != nil {
		return nil, err
	}
	return decode(version, body)
}

// removedFile opens an empty file in dir that only this user could open, and removes its
// name.
func removedFile(dir string) (fd int, err error) {
	f, err := os.CreateTemp(dir, "gorun-*")
	if err != nil {
		return -1, err
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return -1, err
	}
	return unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
}
