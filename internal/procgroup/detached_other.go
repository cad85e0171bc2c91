//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package procgroup

import (
	"errors"
	"os"
)

// A Detached is not to be had here: gorun itself stays beside the program.
type Detached struct{ Stdin *os.File }

// NewDetached is not implemented here.
func NewDetached() (*Detached, error) { return nil, errors.ErrUnsupported }

// Become is not implemented here.
func (d *Detached) Become(args []string, files ...*os.File) error { return errors.ErrUnsupported }

// Close has nothing to do here.
func (d *Detached) Close() {}

// StartDetached is not implemented here.
func StartDetached() error { return errors.ErrUnsupported }

// StartSurvivor is not implemented here.
func StartSurvivor(args []string, files ...*os.File) error { return errors.ErrUnsupported }

// StayIdle is for a recorder.
func StayIdle() {}
