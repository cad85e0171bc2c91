package gocmd

import "github.com/gorun-dev/gorun/internal/priority"

// A Priority says what a command gets where others want the processors, too.
type Priority = priority.Level

const (
	Normal = priority.Normal
	Behind = priority.Behind
	Idle   = priority.Idle
)
