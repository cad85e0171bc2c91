//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package procgroup

import "golang.org/x/sys/unix"

// makeIdle gives the calling process, and what is forked from it, the lowest
// priority for the processor.
func makeIdle() { _ = unix.Setpriority(unix.PRIO_PROCESS, 0, lowPriority) }

// StayIdle gives this process, and what it starts from now on, the lowest priority.
// There is no way back.
func StayIdle() { makeIdle() }
