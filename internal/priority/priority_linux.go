package priority

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Of linux/ioprio.h: the class of processes that get the disk when nobody else
// wants it. IOPRIO_WHO_PROCESS with 0 is the calling thread.
const (
	ioprioWhoProcess = 1
	ioprioIdle       = 3 << 13
)

// Apply gives the calling thread, and what is forked from it, a priority. Where it is
// refused (a strict container profile) the priority stays what it was.
func Apply(l Level) {
	switch l {
	case Behind:
		// The system call has 20 less the value (getpriority(2), C library/kernel differences).
		if own, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, 0, behind(20-own))
		}
	case Idle:
		makeThreadIdle(0)
	}
}

func makeThreadIdle(tid int) {
	_ = unix.Setpriority(unix.PRIO_PROCESS, tid, lowestNice)
	_, _, _ = unix.Syscall(unix.SYS_IOPRIO_SET, ioprioWhoProcess, uintptr(tid), ioprioIdle)
}

// StayIdle gives this process, and what it starts from now on, the lowest priority.
// It cannot be raised again. The process leads a session of its own.
func StayIdle() {
	for range 2 { // a thread has the priority of the one that began it
		tasks, _ := os.ReadDir("/proc/self/task")
		for _, t := range tasks {
			if tid, err := strconv.Atoi(t.Name()); err == nil {
				makeThreadIdle(tid)
			}
		}
	}
	// Where sessions are scheduled against each other (sched(7), autogroup), the
	// priority within one says nothing.
	_ = os.WriteFile("/proc/self/autogroup", []byte(strconv.Itoa(lowestNice)), 0)
}
