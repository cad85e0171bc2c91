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

// stat is os.Stat without what that allocates, a third of its time: a start without
// a build makes thousands of these calls.
func stat(path string) (Meta, error) {
	var st syscall.Stat_t
	err := syscall.Stat(path, &st)
	for err == syscall.EINTR { // on FUSE
		err = syscall.Stat(path, &st)
	}
	if err != nil {
		return Meta{}, err
	}
	m := Meta{State: Other, Perm: fs.FileMode(st.Mode & 0o777)}
	switch st.Mode & syscall.S_IFMT {
	case syscall.S_IFREG:
		m.State, m.Size = File, st.Size
	case syscall.S_IFDIR:
		m.State = Dir
	}
	m.Mtime = int64(st.Mtim.Sec)*1e9 + int64(st.Mtim.Nsec)
	m.Ctime = int64(st.Ctim.Sec)*1e9 + int64(st.Ctim.Nsec)
	m.Dev, m.Inode = uint64(st.Dev), uint64(st.Ino)
	return m, nil
}
