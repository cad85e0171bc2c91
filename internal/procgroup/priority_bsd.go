//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package procgroup

import "golang.org/x/sys/unix"

// setPriority gives the calling process, and what is forked from it, a priority.
func setPriority(p Priority) {
	switch p {
	case Behind:
		if own, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, 0, behind(own))
		}
	case Idle:
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, lowestNice)
	}
}

// StayIdle gives this process, and what it starts from now on, the lowest priority.
// There is no way back.
func StayIdle() { setPriority(Idle) }
