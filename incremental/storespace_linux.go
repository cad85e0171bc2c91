package incremental

import (
	"os"

	"golang.org/x/sys/unix"
)

// refuses reports whether no file of that many bytes can be made in a directory. Statfs does not tell
// of quotas of users, groups, directories (projects, btrfs's qgroups); but fallocate answers for
// all of them at once, without writing a byte.
func refuses(dir string, bytes int64) bool {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) == nil && s.Type == unix.TMPFS_MAGIC {
		return false // there it is memory, taken at once
	}
	f, err := os.CreateTemp(dir, "")
	if err != nil {
		return false
	}
	defer f.Close()
	os.Remove(f.Name())
	err = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, bytes)
	return err == unix.EDQUOT || err == unix.ENOSPC
}
