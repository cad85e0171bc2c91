//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package console

import "os"

// IsRaw is false here: the console of Windows goes back to the first column by itself.
func IsRaw(*os.File) bool { return false }
