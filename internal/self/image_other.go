//go:build !linux

package self

import "os"

// Image is what a child that this process forks executes to run gorun once more. Where
// there is no /proc/self/exe, a file that was replaced is found out by the answer of the
// process that was started from it.
func Image() (string, error) { return os.Executable() }

// imageOf is the path of the file that a process runs: there is none on this system.
func imageOf(int) string { return "" }
