//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package procgroup

import (
	"errors"
	"os"
)

// Detach is not implemented here: gorun itself stays beside the program.
func Detach(self, role string, args []string, files ...*os.File) (let func(word string), err error) {
	return nil, errors.ErrUnsupported
}

// Word is for a detached process.
func Word() (word string, ok bool) { return "", false }

// StayIdle is for a detached process.
func StayIdle() {}
