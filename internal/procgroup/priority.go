package procgroup

// A Priority says what a program, with all that it starts, gets where others want
// the processors, too.
type Priority uint8

const (
	// Normal is that of this process.
	Normal Priority = iota

	// Behind is for what is waited for, but not first: it has what the others leave,
	// and where they leave nothing a small part (on Linux a tenth of what one of them
	// gets).
	Behind

	// Idle is the lowest, for processor and disk. It is for what nobody waits for.
	Idle
)
