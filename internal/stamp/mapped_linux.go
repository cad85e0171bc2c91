package stamp

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// A program that has mapped a file into its memory changes the file without a system
// call. The kernel moves the file's times at the first store to a page. It lets further
// stores to that page pass unnoticed, until it has written the page to the disk: then it
// makes the page read-only again, and the next store is a first one. So the times of a
// file say nothing of its content while they are younger than the time that a page may
// wait to be written. On tmpfs no page is ever written to a disk; there even the first
// store goes unnoticed when the page has been read before.
//
// Rejected: a lease (fcntl(2), F_SETLEASE), which tells whether a file is open for
// writing or mapped. It stops others from opening the file for a moment, tells nothing
// on tmpfs of those who map the file later, and on overlayfs nothing of mappings.

// timesTell reports whether every store through a mapping that is made from now on will
// move the times of the open file, whose metadata m was read at now. flushed says that
// the file was written to the disk before.
func (m Meta) timesTell(f *os.File, now time.Time, flushed bool) bool {
	if !flushed && !m.Newest().Before(now.Add(-writebackTime())) {
		return false
	}
	var fs syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &fs); err != nil {
		return false
	}
	switch uint32(fs.Type) {
	case tmpfsMagic, ramfsMagic, hugetlbfsMagic:
		return false
	}
	return true
}

// writebackTime is how long a page may wait to be written to the disk, doubled because a
// busy disk is late: 70 s with the kernel's defaults. (dirty_expire_centisecs and
// dirty_writeback_centisecs in Documentation/admin-guide/sysctl/vm.rst)
var writebackTime = sync.OnceValue(func() time.Duration {
	expire, ok := centiseconds("dirty_expire_centisecs", 30*time.Second)
	interval, okInterval := centiseconds("dirty_writeback_centisecs", 5*time.Second)
	if !ok || !okInterval || interval == 0 {
		return math.MaxInt64 // it is switched off
	}
	return 2 * (expire + interval)
})

// centiseconds reads one of the kernel's settings, which is the default where there is
// no /proc. Ok is false for a value that makes no sense as a time.
func centiseconds(name string, byDefault time.Duration) (_ time.Duration, ok bool) {
	b, err := os.ReadFile("/proc/sys/vm/" + name)
	if err != nil {
		return byDefault, true
	}
	n, err := strconv.ParseUint(string(bytes.TrimSpace(b)), 10, 32)
	return time.Duration(n) * 10 * time.Millisecond, err == nil
}

// Of linux/magic.h: file systems that are in memory only.
const (
	tmpfsMagic     = 0x01021994
	ramfsMagic     = 0x858458f6
	hugetlbfsMagic = 0x958458f6
)
