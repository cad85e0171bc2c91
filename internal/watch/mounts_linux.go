package watch

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A mount over a file or directory, and its end, change what stands at a path without an
// event of inotify, and without a trace in the directory above it. The kernel says by
// poll(2) on /proc/self/mountinfo that the table of mounts changed (proc(5), Linux
// 2.6.30). Rejected: reading the metadata of every file with each heartbeat, which is
// polling.

// A mountWatch reports the paths at which mounts come and go.
type mountWatch struct {
	// table is a descriptor of mountTable for poll. It is no os.File: the Go runtime
	// would wait for it, too, and whoever waits first gets the event.
	table  int
	mounts map[string]string // by what is mounted: where
}

const mountTable = "/proc/self/mountinfo"

// mountPause is the pause between two readings of the table: a container that starts makes
// dozens of mounts, and the table of a large host has thousands of lines.
const mountPause = 100 * time.Millisecond

// newMountWatch returns nil where there is no such table.
func newMountWatch() *mountWatch {
	fd, err := unix.Open(mountTable, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	mounts, err := readMounts()
	if err != nil {
		unix.Close(fd)
		return nil
	}
	return &mountWatch{fd, mounts}
}

// run calls changed for each path at which a mount came or went, until done is closed.
func (m *mountWatch) run(done <-chan struct{}, changed func(path string)) {
	defer unix.Close(m.table)
	r, w, err := os.Pipe()
	if err != nil {
		return
	}
	defer r.Close()
	var wg sync.WaitGroup // 1
	wg.Go(func() {
		<-done
		w.Close() // wakes the poll
	})
	defer wg.Wait()
	for {
		fds := []unix.PollFd{
			{Fd: int32(m.table), Events: unix.POLLPRI},
			{Fd: int32(r.Fd()), Events: unix.POLLIN},
		}
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return
		}
		if fds[1].Revents != 0 {
			return
		}
		if fds[0].Revents&(unix.POLLPRI|unix.POLLERR) == 0 {
			continue
		}
		now, err := readMounts()
		if err != nil {
			return
		}
		for _, path := range mountDifference(m.mounts, now) {
			changed(path)
		}
		m.mounts = now
		select {
		case <-done:
			return
		case <-time.After(mountPause):
		}
	}
}

// readMounts returns the mounts: by what is mounted, where.
func readMounts() (map[string]string, error) {
	text, err := os.ReadFile(mountTable)
	if err != nil {
		return nil, err
	}
	mounts := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if id, path, ok := parseMount(line); ok {
			mounts[id] = path
		}
	}
	return mounts, nil
}

// mountDifference returns the paths of mounts that one of the tables has and the other
// has not, or has at another path.
func mountDifference(before, now map[string]string) (paths []string) {
	for id, path := range before {
		if now[id] != path {
			paths = append(paths, path)
		}
	}
	for id, path := range now {
		if before[id] != path {
			paths = append(paths, path)
		}
	}
	return paths
}

// parseMount reads a line of mountinfo (proc(5)): the mount's number, its parent's, the
// device, the directory in the file system, the path of the mount. Two mounts at one path
// differ in their number.
func parseMount(line string) (id, path string, ok bool) {
	words := strings.Fields(line)
	if len(words) < 5 {
		return "", "", false
	}
	return words[0] + " " + words[2] + " " + words[3], unescapeMount(words[4]), true
}

// unescapeMount replaces \040 and the like: space, tab, newline and backslash.
func unescapeMount(word string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(word, `\`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if len(after) >= 3 {
			if c, err := strconv.ParseUint(after[:3], 8, 8); err == nil {
				b.WriteByte(byte(c))
				word = after[3:]
				continue
			}
		}
		b.WriteByte('\\')
		word = after
	}
}
