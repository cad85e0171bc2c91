package stamp

import (
	"errors"
	"io/fs"
	"syscall"
)

// identity is the time of creation, which a file renamed into the place of
// another brings along. The number of the file would need an open handle.
func identity(fi fs.FileInfo) (ctime int64, dev, inode uint64) {
	d, ok := fi.Sys().(*syscall.Win32FileAttributeData)
	if !ok {
		return 0, 0, 0
	}
	return d.CreationTime.Nanoseconds(), 0, 0
}

// isNotDir is never needed: Windows says ERROR_PATH_NOT_FOUND, which is fs.ErrNotExist.
func isNotDir(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

func stat(path string) (Meta, error) { return statInfo(path) }
