package ahead

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

const (
	// reserve is how much memory there must be for each byte that a link ahead takes: the compiler and
	// the program itself want theirs at the same time.
	reserve = 4
	// guessPerArchive is what a link ahead takes for each byte of the archives, before one was measured:
	// caddy's are 250 MB and it takes 200 MB, of a small program's 40 MB it takes 45 MB.
	guessPerArchive = 1.2
)

// available returns how much memory the system can give away without paging (proc(5), MemAvailable).
func available() (int64, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) >= 2 && string(fields[0]) == "MemAvailable:" {
			kib, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("the system does not say how much memory is available")
}

// affordable says why there is no memory for a link ahead that takes n bytes beyond taken, which it has
// already; "" if there is.
func affordable(n, taken int64) string {
	free, err := available()
	if err != nil {
		return err.Error()
	}
	if free += taken; free < reserve*n {
		return fmt.Sprintf("it takes %d MB and there are %d MB", n>>20, free>>20)
	}
	return ""
}
