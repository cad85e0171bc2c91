package gocmd

import (
	"bytes"
	"errors"
	"os"
	"strconv"
)

// AvailableMemory returns how many bytes the system can give away without paging (proc(5), MemAvailable).
// It is an error on systems that do not say so.
func AvailableMemory() (int64, error) {
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
	return 0, errors.New("the system does not say how much memory is available")
}
