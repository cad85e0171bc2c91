package tell

import (
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// pathLimit is what fits into a sockaddr_un, with its final NUL (unix(7)).
const pathLimit = 107

// shorten returns a path to the same file that fits into a socket's address, valid
// until release.
func shorten(path string) (short string, release func(), err error) {
	if len(path) <= pathLimit {
		return path, func() {}, nil
	}
	fd, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", fd, filepath.Base(path)), func() { unix.Close(fd) }, nil
}
