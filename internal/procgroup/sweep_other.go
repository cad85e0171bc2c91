//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package procgroup

import "golang.org/x/sys/unix"

// sweep ends what a keeper that was killed has left, as far as it can be found
// here: the program, or its process group where it has one. The program is a child
// of process 1 now, which waits for it when it dies. So its process ID could in theory
// be that of another process already.
func sweep(keeper, program int, shared bool) (outcome Outcome, left []int) {
	if shared {
		_ = unix.Kill(program, unix.SIGKILL)
	} else {
		_ = unix.Kill(-program, unix.SIGKILL)
	}
	return Outcome{Signal: unix.SIGKILL}, nil
}
