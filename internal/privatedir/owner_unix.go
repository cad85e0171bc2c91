//go:build unix

package privatedir

import (
	"io/fs"
	"os"
	"syscall"
)

// trusted reports whether the user, or root, owns a file. Root can do all that the user
// can.
func trusted(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && (int(st.Uid) == os.Geteuid() || st.Uid == 0)
}

func writableByOthers(mode fs.FileMode) bool { return mode.Perm()&0o022 != 0 }
