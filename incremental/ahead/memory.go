package ahead

import (
	"fmt"

	"github.com/gorun-dev/gorun/internal/gocmd"
)

const (
	// reserve is how much memory there must be for each byte that a link ahead takes: the compiler and
	// the program itself want theirs at the same time.
	reserve = 4
	// guessPerArchive is what a link ahead takes for each byte of the archives, before one was measured:
	// caddy's are 250 MB and it takes 200 MB, of a small program's 40 MB it takes 45 MB.
	guessPerArchive = 1.2
)

// affordable says why there is no memory for a link ahead that takes n bytes beyond taken, which it has
// already; "" if there is.
func affordable(n, taken int64) string {
	free, err := gocmd.AvailableMemory()
	if err != nil {
		return err.Error()
	}
	if free += taken; free < reserve*n {
		return fmt.Sprintf("it takes %d MB and there are %d MB", n>>20, free>>20)
	}
	return ""
}
