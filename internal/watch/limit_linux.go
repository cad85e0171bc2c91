package watch

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// limit says, if err is that a limit of the system is reached, which one and
// how it is raised.
func limit(err error) (line string, ok bool) {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return inotifyLimit("max_user_watches", "watches", 524288), true
	case errors.Is(err, syscall.EMFILE):
		// inotify_init(2): the number of instances, or of this process's files.
		return inotifyLimit("max_user_instances", "instances", 1024), true
	case errors.Is(err, syscall.ENFILE):
		return "the system has no more open files to give (fs.file-max)", true
	}
	return "", false
}

// inotifyLimit names the sysctl, its value here, and a better one.
func inotifyLimit(name, what string, better int) string {
	now := "unknown"
	if b, err := os.ReadFile("/proc/sys/fs/inotify/" + name); err == nil {
		now = strings.TrimSpace(string(b))
		if n, err := strconv.Atoi(now); err == nil && n >= better {
			better = 2 * n
		}
	}
	return fmt.Sprintf("the limit of inotify %s is reached (fs.inotify.%s is %s); to raise it: sudo sysctl fs.inotify.%s=%d", what, name, now, name, better)
}
