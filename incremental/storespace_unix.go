//go:build darwin || freebsd || linux

package incremental

import "golang.org/x/sys/unix"

// space returns how many bytes the file system of a directory has left for this user.
func space(dir string) (bytes uint64, known bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true
}
