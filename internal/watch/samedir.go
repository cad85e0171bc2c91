package watch

import (
	"github.com/gorun-dev/gorun/internal/stamp"
)

// An inode is what tells two directories apart, whatever their names.
type inode struct{ dev, ino uint64 }

// inodeOf reports false where the system gives no inodes cheaply (Windows).
func inodeOf(m stamp.Meta) (inode, bool) {
	return inode{m.Dev, m.Inode}, m.Inode != 0
}

// sameDir reports whether a and b, read at one path at two times, are the same directory.
// Without inodes (Windows) the times of creation are compared, where there are any.
func sameDir(a, b stamp.Meta) bool {
	if a.State != b.State || a.Dev != b.Dev || a.Inode != b.Inode {
		return false
	}
	return a.Inode != 0 || a.Ctime == b.Ctime
}
