//go:build amd64 || arm64

package procgroup

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// FreeBSD: the keeper is the reaper of its descendants (procctl(2), 10.2), and
// the kernel signals all of them in one call. Written from the manual page and
// not tried on a machine.

// From sys/procctl.h and sys/wait.h.
const (
	idtypePID      = 0 // P_PID
	procReapAcq    = 2 // PROC_REAP_ACQUIRE
	procReapRel    = 3 // PROC_REAP_RELEASE
	procReapKill   = 6 // PROC_REAP_KILL
	procReapPadInt = 15
)

// reapKill is struct procctl_reaper_kill.
type reapKill struct {
	sig, flags      int32
	subtree, killed int32
	firstRefused    int32
	_               [procReapPadInt]uint32
}

func procctl(command uintptr, data unsafe.Pointer) error {
	_, _, errno := unix.Syscall6(unix.SYS_PROCCTL, idtypePID, uintptr(os.Getpid()), command, uintptr(data), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func adopt()        { _ = procctl(procReapAcq, nil) }
func disown()       { _ = procctl(procReapRel, nil) }
func rename(string) {}

// tellsOfDeath is whether the kernel can tell a child of its parent's death.
const tellsOfDeath = true

func plainAttr(sig syscall.Signal) *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: sig} }

// keeperAttr: a keeper that was stopped continues when its parent is killed, and finds the
// end of file.
func keeperAttr(ownGroup bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: ownGroup, Pdeathsig: unix.SIGCONT}
}

func programAttr(ownGroup bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: ownGroup, Pdeathsig: unix.SIGKILL}
}

func (k *keeper) remains() bool { return false } // all that is left is a child of the keeper

// family is not implemented here: it would list the processes that become gorun's
// children when the keeper exits (PROC_REAP_GETPIDS). Their zombies stay until gorun
// ends.
func (k *keeper) family() []int { return nil }

func (k *keeper) killAll() (left []int, futile bool) {
	r := reapKill{sig: int32(unix.SIGKILL)}
	err := procctl(procReapKill, unsafe.Pointer(&r))
	if err == unix.EPERM && r.killed == 0 {
		return []int{int(r.firstRefused)}, true
	}
	if err != nil && err != unix.ESRCH {
		_ = unix.Kill(k.pid, unix.SIGKILL) // not a reaper after all
	}
	return nil, false
}

// signalAll cannot leave out those that had the signal from the terminal; only
// the program is spared a second one, by leaving the rest to the kill.
func (k *keeper) signalAll(sig syscall.Signal, had bool) {
	if had {
		return
	}
	r := reapKill{sig: int32(sig)}
	if err := procctl(procReapKill, unsafe.Pointer(&r)); err != nil && err != unix.ESRCH {
		k.signalProgram(sig)
	}
}
