package watch

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// limitReached says, if err is that a limit of the system is reached, which one and
// how it is raised.
func limitReached(err error) (line string, ok bool) {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return inotifyLimit("watches", 524288), true
	case errors.Is(err, syscall.EMFILE):
		// inotify_init(2): the number of instances, or of this process's files.
		return inotifyLimit("instances", 1024), true
	case errors.Is(err, syscall.ENFILE):
		return "the system has no more open files to give (fs.file-max)", true
	}
	return "", false
}

// inotifyLimit names the sysctl, its value here, and a better one. The user's
// limit also counts for each user namespace (a rootless container), under a
// name of its own: the lower of the two is it.
func inotifyLimit(what string, better int) string {
	name, now := "fs.inotify.max_user_"+what, sysctl("fs/inotify/max_user_"+what)
	if n := sysctl("user/max_inotify_" + what); n >= 0 && n < now {
		name, now = "user.max_inotify_"+what, n
	}
	return fmt.Sprintf("the limit of inotify %s is reached (%s is %d); to raise it: sudo sysctl %s=%d",
		what, name, now, name, max(better, 2*now))
}

// sysctl reads a number, -1 if there is none.
func sysctl(path string) int {
	b, err := os.ReadFile("/proc/sys/" + path)
	if err != nil {
		return -1
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return -1
	}
	return n
}
