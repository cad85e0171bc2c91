package fdpass

import (
	"os"

	"golang.org/x/sys/unix"
)

// namelessFile opens an empty file in memory (memfd_create(2), Linux 3.17), or a temporary
// one where a container's profile refuses that.
func namelessFile() (fd int, err error) {
	fd, err = unix.MemfdCreate("gorun", unix.MFD_CLOEXEC)
	if err == nil {
		return fd, nil
	}
	return removedFile(os.TempDir())
}
