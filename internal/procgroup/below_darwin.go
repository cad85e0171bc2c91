package procgroup

import (
	"os"

	"golang.org/x/sys/unix"
)

// below lists the processes that descend from the keeper: by parent, or, if
// they have lost theirs, as orphans in the program's process group that are not
// older than the program. Written for macOS and not tried on a machine.
func (k *keeper) below() []int {
	table, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		if k.ended {
			return nil
		}
		return []int{k.pid}
	}
	self := os.Getpid()
	group := k.ownGroup()
	if group == 0 {
		group = unix.Getpgrp()
	}
	const zombie = 5 // SZOMB
	var begin int64
	for _, p := range table {
		if int(p.Proc.P_pid) == self { // the program is younger than its keeper
			begin = p.Proc.P_starttime.Nano()
		}
	}
	found := map[int]bool{self: true}
	var all []int
	for again := true; again; {
		again = false
		for _, p := range table {
			pid, parent := int(p.Proc.P_pid), int(p.Eproc.Ppid)
			if found[pid] || p.Proc.P_stat == zombie {
				continue
			}
			orphan := parent == 1 && int(p.Eproc.Pgid) == group && p.Proc.P_starttime.Nano() >= begin
			if found[parent] || orphan {
				found[pid], again = true, true
				all = append(all, pid)
			}
		}
	}
	return all
}
