//go:build amd64 || arm64

package exec

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// GainsPrivileges says by what the file of a program would gain privileges when it is
// executed ("its set-user-ID bit"), if that is lost where ports are kept: a process that is not
// privileged must renounce it before it may install a seccomp filter (PR_SET_NO_NEW_PRIVS).
// It is "" for all other files. Path is relative to dir if it is relative.
func GainsPrivileges(path, dir string) (how string) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return ""
	}
	switch {
	case st.Mode&unix.S_ISUID != 0 && int(st.Uid) != unix.Geteuid():
		how = "its set-user-ID bit"
	// Without the right of the group to execute, the bit means something else (chmod(1)).
	case st.Mode&unix.S_ISGID != 0 && st.Mode&unix.S_IXGRP != 0 && int(st.Gid) != unix.Getegid():
		how = "its set-group-ID bit"
	case hasCapabilities(path):
		how = "its file capabilities"
	default:
		return ""
	}
	var fs unix.Statfs_t
	if unix.Statfs(path, &fs) == nil && fs.Flags&unix.ST_NOSUID != 0 {
		return "" // nor would it gain any without gorun
	}
	if mayFilter() {
		return ""
	}
	return how
}

// hasCapabilities reports whether an executable has capabilities of its own (capabilities(7)).
func hasCapabilities(path string) bool {
	n, err := unix.Getxattr(path, "security.capability", nil)
	return err == nil && n > 0
}

// mayFilter reports whether this process may install a filter and renounce nothing
// (seccomp(2)): root outside of containers.
func mayFilter() bool { return hasCapability(os.Getpid(), unix.CAP_SYS_ADMIN) }
