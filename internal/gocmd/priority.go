package gocmd

import "github.com/gorun-dev/gorun/internal/procgroup"

// A Priority says what a command gets where others want the processors, too.
type Priority = procgroup.Priority

const (
	Normal = procgroup.Normal
	Behind = procgroup.Behind
	Idle   = procgroup.Idle
)
