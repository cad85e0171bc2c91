package procgroup

import "golang.org/x/sys/unix"

// Of linux/ioprio.h: the class of processes that get the disk when nobody else
// wants it. IOPRIO_WHO_PROCESS with 0 is the calling thread.
const (
	ioprioWhoProcess = 1
	ioprioIdle       = 3 << 13
)

// makeIdle gives the calling thread, and what is forked from it, the lowest
// priority. A refusal (a strict container profile) costs only that.
func makeIdle() {
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, 19)
	_, _, _ = unix.Syscall(unix.SYS_IOPRIO_SET, ioprioWhoProcess, 0, ioprioIdle)
}
