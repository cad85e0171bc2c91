package procgroup

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// releaseFilePages has this process let go of the pages of its executable and of the libraries
// that it has only read, and returns how many bytes of memory they are mapped from. They come
// back from the page cache when they are needed, sixteen with one fault.
//
// What a keeper has touched to begin with is 9 MB of them, and from then on it waits. They are
// shared with gorun and cost the machine nothing, but everyone who adds up what ps says would take
// them for memory. A mapping that the dynamic linker has written to, and then made read-only, is left
// as it is: what was written stands nowhere else.
func releaseFilePages() (released uintptr) {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return 0
	}
	defer f.Close()
	var from, to uintptr // of the mapping whose lines are read; both 0 if it is to stay
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		if key, isKey := strings.CutSuffix(fields[0], ":"); isKey {
			if key == "Anonymous" && fields[1] == "0" && to > from {
				_, _, errno := unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED)
				if errno == 0 {
					released += to - from
				}
			}
			continue
		}
		from, to = readOnlyFile(fields)
	}
	return released
}

// readOnlyFile returns where a mapping is, given the first of its lines in smaps(5), if it is a file's
// that cannot be written to.
func readOnlyFile(fields []string) (from, to uintptr) {
	if len(fields) < 6 || !strings.HasPrefix(fields[1], "r-") || !strings.HasSuffix(fields[1], "p") ||
		!strings.HasPrefix(fields[5], "/") {
		return 0, 0
	}
	begin, end, _ := strings.Cut(fields[0], "-")
	a, err1 := strconv.ParseUint(begin, 16, 64)
	b, err2 := strconv.ParseUint(end, 16, 64)
	if err1 != nil || err2 != nil {
		return 0, 0
	}
	return uintptr(a), uintptr(b)
}
