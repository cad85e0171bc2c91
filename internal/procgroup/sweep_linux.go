package procgroup

import (
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// sweep ends what a keeper that was killed has left, and waits for it. The
// program gets SIGKILL from the kernel; this is for what the program had started.
//
// All of that has become this process's children, for this process is a reaper of its
// descendants, too. But not all its children are left-overs. The other keepers are
// not, nor is what ownChildren has as spared. A go command that was started without
// a keeper (as go/packages does) is not one either: it is spared if it is older than
// the keeper that was killed. If it is younger, it is killed with the left-overs, as
// nothing tells it from them. That happens only when somebody sends SIGKILL to a
// keeper in that moment, and the load that needed the go command is tried again.
//
// What could not be killed is left, and spared from then on.
func sweep(keeper, program int, shared bool) (outcome Outcome, left []int) {
	// The socket of a dying process closes before its children are handed on.
	for unix.Waitid(unix.P_PID, keeper, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	ownChildren.Lock()
	defer ownChildren.Unlock()
	outcome.Signal = unix.SIGKILL
	born, ok := readStat(keeper) // a zombie still has one
	if !ok || !procIsOurs() {
		return outcome, nil
	}
	for begin := time.Now(); ; {
		left = slices.DeleteFunc(children(os.Getpid()), func(pid int) bool {
			st, ok := readStat(pid)
			return ownChildren.keepers[pid] || slices.Contains(ownChildren.spared, pid) || !ok || st.start < born.start
		})
		if len(left) == 0 {
			return outcome, nil
		}
		refused := 0
		for _, pid := range left {
			if unix.Kill(pid, unix.SIGKILL) == unix.EPERM {
				refused++
			}
		}
		if refused == len(left) || time.Since(begin) > killPatience {
			ownChildren.spared = append(ownChildren.spared, left...)
			return outcome, left
		}
		<-time.After(time.Millisecond) // for them to die
		for _, pid := range left {
			var ws unix.WaitStatus
			if got, _ := unix.Wait4(pid, &ws, unix.WNOHANG, nil); got == program {
				outcome = outcomeOf(ws)
			}
		}
	}
}
