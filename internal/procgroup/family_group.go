//go:build darwin || dragonfly || netbsd || openbsd || (freebsd && !amd64 && !arm64)

package procgroup

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// No reaper and no parent-death signal here. A program with a process group of
// its own is ended by it, together with all that has not left the group.
// Otherwise (a terminal) the process table says who descends from the keeper,
// where there is code to read it (below). A process that has both left the
// group and lost its parent escapes.

func adopt()        {}
func disown()       {}
func rename(string) {}

// tellsOfDeath is whether the kernel can tell a child of its parent's death.
const tellsOfDeath = false

func plainAttr(syscall.Signal) *syscall.SysProcAttr { return nil }

func keeperAttr(ownGroup bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: ownGroup} }

func programAttr(ownGroup bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: ownGroup}
}

// ownGroup is the program's process group, 0 if it shares the keeper's.
func (k *keeper) ownGroup() int {
	if k.mission.shared {
		return 0
	}
	return k.pid
}

func (k *keeper) family() []int { return k.below() }

func (k *keeper) remains() bool {
	if g := k.ownGroup(); g != 0 && unix.Kill(-g, 0) != unix.ESRCH {
		return true
	}
	return len(k.below()) > 0
}

func (k *keeper) killAll() (left []int, futile bool) {
	refused := 0
	left = k.below()
	for _, pid := range left {
		if unix.Kill(pid, unix.SIGKILL) == unix.EPERM {
			refused++
		}
	}
	if g := k.ownGroup(); g != 0 {
		// EPERM only if not one of them could be signalled.
		switch unix.Kill(-g, unix.SIGKILL) {
		case nil:
			return left, false
		case unix.EPERM:
			return left, refused == len(left)
		}
	}
	return left, refused > 0 && refused == len(left)
}

func (k *keeper) signalAll(sig syscall.Signal, had bool) {
	g := k.ownGroup()
	if g != 0 {
		_ = unix.Kill(-g, sig)
		_ = unix.Kill(-g, unix.SIGCONT)
	}
	keepers := unix.Getpgrp()
	for _, pid := range k.below() {
		group, err := unix.Getpgid(pid)
		if err != nil || g != 0 && group == g || had && group == keepers {
			continue
		}
		_ = unix.Kill(pid, sig)
	}
}
