//go:build !linux

package programs

import (
	"errors"
	"os"

	"github.com/gorun-dev/gorun/exec"
)

// A terminalSize is that of gorun's terminal.
type terminalSize struct{}

func sizeOf(*os.File) terminalSize { return terminalSize{} }

func (s terminalSize) less(int) terminalSize { return s }

// openPTY opens a pseudo-terminal. Elsewhere than on Linux programs get pipes.
func openPTY(terminalSize) (master, slave *os.File, err error) {
	return nil, nil, errors.ErrUnsupported
}

func endInput(to *os.File) { to.Close() }

// Terminals are none.
type terminals struct{}

type terminal struct{}

func (*terminals) add(*os.File, func() terminalSize) *terminal { return nil }

func (*terminals) remove(*os.File) {}

func (*terminal) startedOn(*exec.Program) {}
