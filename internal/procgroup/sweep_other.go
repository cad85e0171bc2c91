//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package procgroup

import "golang.org/x/sys/unix"

// sweep ends what a keeper that was killed has left, as far as it can be found
// here: the program, and where it has one its process group. The program has
// been handed to process 1, so it has been waited for when it is dead, and its
// number could in theory be another's already.
func sweep(keeper, program int, shared bool) (last fact) {
	if shared {
		_ = unix.Kill(program, unix.SIGKILL)
	} else {
		_ = unix.Kill(-program, unix.SIGKILL)
	}
	last.outcome.Signal = unix.SIGKILL
	return last
}
