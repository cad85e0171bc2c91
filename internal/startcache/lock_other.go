//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package startcache

import (
	"errors"
	"os"
)

// tryLock is not implemented here: nothing is recorded on this system (package
// detached), so nobody waits.
func tryLock(*os.File, bool) (bool, error) { return false, errors.ErrUnsupported }

func closeOnExec(int) {}
