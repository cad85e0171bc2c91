// Package priority says how much of the machine a process gets where others want it,
// too. What a process starts inherits its priority.
package priority

// A Level is a priority, seen from this process.
type Level uint8

const (
	// Normal is that of this process.
	Normal Level = iota

	// Behind is for what is waited for, but not first: it has what the others leave,
	// and where they leave nothing a small part (on Linux a tenth of what one of them
	// gets).
	Behind

	// Idle is the lowest, for processor and disk. It is for what nobody waits for.
	Idle
)
