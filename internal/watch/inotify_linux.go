package watch

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// inotifyMarks returns the inodes that this process has inotify watches on, from
// the kernel's own account (proc(5), /proc/PID/fdinfo: "inotify wd:1 ino:a3f
// sdev:..."), nil where it gives none.
func inotifyMarks() map[uint64]bool {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil
	}
	marks := make(map[uint64]bool)
	for _, fd := range fds {
		if link, _ := os.Readlink("/proc/self/fd/" + fd.Name()); link != "anon_inode:inotify" {
			continue
		}
		info, err := os.ReadFile("/proc/self/fdinfo/" + fd.Name())
		if err != nil {
			return nil
		}
		for line := range bytes.Lines(info) {
			if ino, ok := markInode(string(line)); ok {
				marks[ino] = true
			}
		}
	}
	return marks
}

// markInode reads one line of fdinfo.
func markInode(line string) (uint64, bool) {
	if !strings.HasPrefix(line, "inotify ") {
		return 0, false
	}
	_, rest, _ := strings.Cut(line, " ino:")
	hex, _, _ := strings.Cut(rest, " ")
	ino, err := strconv.ParseUint(hex, 16, 64)
	return ino, err == nil
}

// listedInode returns the inode of dir if it is among the marks, else 0.
func listedInode(dir string, marks map[uint64]bool) uint64 {
	if ino := stamp.Stat(dir).Inode; marks[ino] {
		return ino
	}
	return 0
}
