//go:build unix && !linux

package watch

import (
	"errors"
	"fmt"
	"syscall"
)

// limitReached says, if err is that a limit of the system is reached, which one and
// how it is raised.
func limitReached(err error) (line string, ok bool) {
	var full *budgetError
	switch {
	case errors.As(err, &full):
		const line = "watching every file would take more than %d open files; to raise the limit: ulimit -n %d"
		return fmt.Sprintf(line, full.limit, 4*full.limit), true
	case errors.Is(err, syscall.EMFILE):
		return "this process may open no more files; to raise the limit: ulimit -n 16384", true
	case errors.Is(err, syscall.ENFILE):
		return "the system has no more open files to give (kern.maxfiles)", true
	}
	return "", false
}
