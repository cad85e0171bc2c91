//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package console

import (
	"os"

	"golang.org/x/sys/unix"
)

// IsRaw reports whether a terminal is in a mode in which a line feed does not go back to the first column,
// because the program has set it so (a password prompt, a full-screen program).
func IsRaw(f *os.File) bool {
	modes, err := unix.IoctlGetTermios(int(f.Fd()), getModes)
	return err == nil && modes.Oflag&unix.OPOST == 0
}
