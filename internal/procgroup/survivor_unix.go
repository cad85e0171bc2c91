//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import "golang.org/x/sys/unix"

// survivors says who the processes are that could not be killed, without those that have
// ended meanwhile.
func survivors(pids []int) (list []Survivor) {
	for _, pid := range pids {
		err := unix.Kill(pid, 0)
		if err == unix.ESRCH {
			continue
		}
		s := Survivor{PID: pid}
		s.Name, s.User = identify(pid)
		if err == nil {
			s.User = ""
		}
		list = append(list, s)
	}
	return list
}
