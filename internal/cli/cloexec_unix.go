//go:build unix

package cli

import "syscall"

// closeOnExec keeps an inherited descriptor from the processes started here.
func closeOnExec(fd int) { syscall.CloseOnExec(fd) }
