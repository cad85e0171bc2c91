//go:build !linux

package programs

import (
	"os"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/pty"
)

// Terminals are none.
type terminals struct{}

type terminal struct{}

func (*terminals) add(*os.File, func() pty.Size) *terminal { return nil }

func (*terminals) remove(*os.File) {}

func (*terminal) startedOn(*exec.Program) {}

func endInput(to *os.File) { to.Close() }
