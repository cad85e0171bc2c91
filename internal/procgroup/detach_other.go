//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package procgroup

import (
	"errors"
	"os"
)

// Detach is not implemented here: gorun itself stays beside the program.
func Detach(self string, args []string, files ...*os.File) (let func(), err error) {
	return nil, errors.ErrUnsupported
}
