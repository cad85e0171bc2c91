package startfailure

import "golang.org/x/sys/unix"

// noexec reports whether path lies on a file system mounted noexec.
func noexec(path string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(path, &fs) == nil && fs.Flags&unix.ST_NOEXEC != 0
}
