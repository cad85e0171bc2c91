//go:build !linux

package pty

import (
	"errors"
	"os"
)

// SizeOf finds no terminal.
func SizeOf(*os.File) (size Size, ok bool) { return Size{}, false }

// SetSize does nothing.
func SetSize(*os.File, Size) {}

// Open opens none: programs get pipes.
func Open(Size) (master, slave *os.File, err error) { return nil, nil, errors.ErrUnsupported }
