//go:build unix && !linux

package watch

import "fmt"

// A budgetError says that watching a directory would take more descriptors than
// this process should use for watching.
type budgetError struct {
	limit int // descriptors, in all
}

func (e *budgetError) Error() string {
	return fmt.Sprintf("more than %d files in the watched directories", e.limit)
}
