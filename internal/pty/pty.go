// Package pty opens pseudo-terminals (pts(4)) for programs whose output gorun reads, where gorun's own output is a
// terminal: they go on seeing one, and colour what they say.
//
// The invariant: such a terminal is no more than that. It controls no session; what is written to it comes out as
// it is, byte for byte, and what is typed is not shown once more. Elsewhere than on Linux there are none.
package pty

// A Size is that of a terminal; zero if it is unknown.
type Size struct{ Rows, Columns uint16 }

// Less returns the size without some columns.
func (s Size) Less(columns int) Size {
	if int(s.Columns) > columns {
		s.Columns -= uint16(columns)
	}
	return s
}
