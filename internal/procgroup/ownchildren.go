//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ownChildren knows which children of this process are what. Its lock is held while one
// is forked, so that sweep finds none that is not listed yet.
var ownChildren struct {
	sync.Mutex
	keepers map[int]bool // the keepers that run

	// spared are processes that a sweep must not end: what keepers have left on
	// purpose or could not kill, which is this process's child now, and what
	// StartSpared has started.
	spared []int
}

// StartSpared calls fork, which is to start a child of this process and return its
// process ID. The child is no program's: it is not ended with one, and not with this
// process. It is waited for some time after its end.
func StartSpared(fork func() (pid int, err error)) error {
	ownChildren.Lock()
	defer ownChildren.Unlock()
	reapSpared()
	pid, err := fork()
	if err == nil {
		ownChildren.spared = append(ownChildren.spared, pid)
	}
	return err
}

// reapSpared waits for those of ownChildren.spared that have ended. It is called with
// ownChildren locked, now and then: nobody is in a hurry to see a zombie go.
func reapSpared() {
	ownChildren.spared = slices.DeleteFunc(ownChildren.spared, func(pid int) bool {
		got, err := unix.Wait4(pid, nil, unix.WNOHANG, nil)
		return got == pid || err == unix.ECHILD
	})
}

// awaitSpared waits until processes have ended that sweep could not kill. It goes on trying.
func awaitSpared(pids []int) {
	for isLeft := true; isLeft; {
		<-time.After(leftAgain)
		ownChildren.Lock()
		reapSpared()
		isLeft = false
		for _, pid := range pids {
			if slices.Contains(ownChildren.spared, pid) {
				isLeft = true
				_ = unix.Kill(pid, unix.SIGKILL)
			}
		}
		ownChildren.Unlock()
	}
}

// signalKeeper sends a signal to a keeper that has not been waited for, so that the number
// is its own.
func signalKeeper(pid int, sig unix.Signal) {
	ownChildren.Lock()
	defer ownChildren.Unlock()
	if ownChildren.keepers[pid] {
		_ = unix.Kill(pid, sig)
	}
}

// buryKeeper waits for a keeper that has closed its socket, and returns how it has ended.
func buryKeeper(pid int) Outcome {
	var ws unix.WaitStatus
	for {
		_, err := unix.Wait4(pid, &ws, 0, nil)
		if err != unix.EINTR {
			break
		}
	}
	ownChildren.Lock()
	delete(ownChildren.keepers, pid)
	ownChildren.Unlock()
	return outcomeOf(ws)
}
