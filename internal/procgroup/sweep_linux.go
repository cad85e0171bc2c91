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
func sweep(keeper, program int, shared bool) (last fact) {
	// The socket of a dying process closes before its children are handed on.
	for unix.Waitid(unix.P_PID, keeper, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	ownChildren.Lock()
	defer ownChildren.Unlock()
	last.outcome.Signal = unix.SIGKILL
	born, ok := readStat(keeper) // a zombie still has one
	if !ok || !procIsOurs() {
		return last
	}
	for begin := time.Now(); time.Since(begin) < killPatience; {
		left := slices.DeleteFunc(children(os.Getpid()), func(pid int) bool {
			st, ok := readStat(pid)
			return ownChildren.keepers[pid] || slices.Contains(ownChildren.spared, pid) || !ok || st.start < born.start
		})
		if len(left) == 0 {
			break
		}
		for _, pid := range left {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		<-time.After(time.Millisecond) // for them to die
		for _, pid := range left {
			var ws unix.WaitStatus
			if got, _ := unix.Wait4(pid, &ws, unix.WNOHANG, nil); got == program {
				last.outcome = outcomeOf(ws)
			}
		}
	}
	return last
}
