//go:build !linux

package self

import "os"

// Image is what this process, or a child that it forks, executes to run gorun once
// more. Where there is no /proc/self/exe, a file that was replaced is found out by
// the answer of the process that was started from it.
func Image() (string, error) { return os.Executable() }
