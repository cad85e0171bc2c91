package procgroup

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

// makeIdle gives the calling thread, and what is forked from it, the lowest
// priority. A refusal (a strict container profile) costs only that.
func makeIdle() { makeThreadIdle(0) }

func makeThreadIdle(tid int) {
	_ = unix.Setpriority(unix.PRIO_PROCESS, tid, lowPriority)
	_, _, _ = unix.Syscall(unix.SYS_IOPRIO_SET, ioprioWhoProcess, uintptr(tid), ioprioIdle)
}

// StayIdle gives this process, and what it starts from now on, the lowest priority.
// There is no way back. The process leads a session of its own.
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
	_ = os.WriteFile("/proc/self/autogroup", []byte(strconv.Itoa(lowPriority)), 0)
}
