//go:build unix

package plainfile

import "syscall"

// openFlags has the open of a named pipe return at once.
const openFlags = syscall.O_NONBLOCK

const errIsDirectory = syscall.EISDIR
