//go:build unix

package event

import "syscall"

// closeOnExec keeps an inherited descriptor from the processes started here.
func closeOnExec(fd int) { syscall.CloseOnExec(fd) }
