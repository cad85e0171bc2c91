//go:build darwin || freebsd || netbsd

package stamp

import (
	"io/fs"
	"syscall"
)

// identity is the time of the last change of the inode, the device and the inode.
func identity(fi fs.FileInfo) (ctime int64, dev, inode uint64) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, 0
	}
	return int64(st.Ctimespec.Sec)*1e9 + int64(st.Ctimespec.Nsec), uint64(st.Dev), st.Ino
}

func stat(path string) (Meta, error) { return statInfo(path) }
