package procgroup

import (
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// sweep ends what a keeper that was killed has left, and waits for it. The
// program gets SIGKILL from the kernel; this is for what it had started.
//
// All of that has become this process's children, for it is a reaper of its
// descendants, too. But not all children are left-overs: other keepers, and what
// they have left alone, are listed, and a go command started without a keeper (as go/packages does) is
// spared when it is older than this keeper. One that is younger is killed with
// them. That is the price of not guessing, paid only when somebody sends
// SIGKILL to a keeper in that moment; the load that needed it is tried again.
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
