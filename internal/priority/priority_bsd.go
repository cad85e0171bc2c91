//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package priority

import "golang.org/x/sys/unix"

// Apply gives the calling process, and what is forked from it, a priority.
func Apply(l Level) {
	switch l {
	case Behind:
		if own, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, 0, behind(own))
		}
	case Idle:
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, lowestNice)
	}
}

// StayIdle gives this process, and what it starts from now on, the lowest priority.
// It cannot be raised again.
func StayIdle() { Apply(Idle) }
