//go:build !unix && !windows

package exec

import (
	"errors"
	"os"
)

// duplicate is not possible here.
func duplicate(*os.File) (*os.File, error) {
	return nil, errors.ErrUnsupported
}
