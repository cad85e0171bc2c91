package startfailure

import "golang.org/x/sys/unix"

// NoExec reports whether path lies on a file system mounted noexec.
func NoExec(path string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(path, &fs) == nil && fs.Flags&unix.ST_NOEXEC != 0
}
