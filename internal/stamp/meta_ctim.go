//go:build aix || dragonfly || illumos || linux || openbsd || solaris

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
	return int64(st.Ctim.Sec)*1e9 + int64(st.Ctim.Nsec), uint64(st.Dev), st.Ino
}
