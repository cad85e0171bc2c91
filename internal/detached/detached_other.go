//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package detached

import (
	"errors"
	"os"
)

// The role is not played on this system.
var becomeCommand func(args []string) int

// A Process is not to be had here: gorun itself stays, as the program's parent.
type Process struct{ Stdin *os.File }

// Prepare is not implemented here.
func Prepare() (*Process, error) { return nil, errors.ErrUnsupported }

// Become is not implemented here.
func (p *Process) Become(args []string, files ...*os.File) error { return errors.ErrUnsupported }

// Close has nothing to do here.
func (p *Process) Close() {}

// StartWaiting is not implemented here.
func StartWaiting() error { return errors.ErrUnsupported }

// StartSurvivor is not implemented here.
func StartSurvivor(args []string, files ...*os.File) error { return errors.ErrUnsupported }
