package procgroup

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Linux: the keeper is the reaper of its descendants (PR_SET_CHILD_SUBREAPER,
// 3.4), so whatever loses its parent becomes the keeper's own child. Hence
// "no child left" means "nothing left", and killing needs no list of
// descendants: kill the children, whose numbers cannot be used again before
// the keeper waits for them, and their children become ours; repeat.
//
// A signal that is not SIGKILL must reach all of them at once. Descendants
// further down are not ours to wait for, so each is held by a pidfd (5.3)
// while its place in the tree is checked, and is signalled through that.
//
// Rejected: process groups (setsid leaves them), a cgroup (needs delegation),
// a PID namespace (needs privileges, and the program would see it).

func adopt() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// rename gives the process the name that ps and pkill know it by; an execve of
// /proc/self/exe has made it "exe".
func rename(name string) { _ = os.WriteFile("/proc/self/comm", []byte(name), 0) }

// disown undoes adopt. The setting survives execve.
func disown() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }

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

func (k *keeper) remains() bool { return false }

// family lists the keeper's children.
func (k *keeper) family() []int {
	if !procIsOurs() {
		return nil
	}
	return children(os.Getpid())
}

// killAll kills the keeper's children, and reports who is left and whether it
// is futile: all that is left belongs to others.
func (k *keeper) killAll() (left []int, futile bool) {
	if !procIsOurs() {
		_ = unix.Kill(k.pid, unix.SIGKILL)
		_ = unix.Kill(-k.pid, unix.SIGKILL)
		return nil, k.ended
	}
	left = k.family()
	refused := 0
	for _, pid := range left {
		if unix.Kill(pid, unix.SIGKILL) == unix.EPERM {
			refused++
		}
	}
	return left, refused > 0 && refused == len(left)
}

// signalAll signals every descendant once. With had, those in the keeper's own
// process group have had the signal already.
func (k *keeper) signalAll(sig syscall.Signal, had bool) {
	if !procIsOurs() {
		if !had {
			k.signalProgram(sig)
		}
		return
	}
	type member struct{ pid, fd int } // fd is -1 for a child of the keeper, which needs none
	var held []int
	defer func() {
		for _, fd := range held {
			unix.Close(fd)
		}
	}()
	group := unix.Getpgrp()
	var next []member
	for _, pid := range children(os.Getpid()) {
		next = append(next, member{pid, -1})
	}
	for len(next) > 0 {
		m := next[0]
		next = next[1:]
		st, ok := readStat(m.pid)
		if !ok || m.fd >= 0 && unix.PidfdSendSignal(m.fd, 0, nil, 0) == unix.ESRCH {
			continue
		}
		// Before it is signalled: it may be gone right after.
		for _, pid := range children(m.pid) {
			fd, err := unix.PidfdOpen(pid, 0)
			if err != nil {
				continue // gone, or a kernel before 5.3
			}
			held = append(held, fd)
			if child, ok := readStat(pid); ok && child.parent == m.pid {
				next = append(next, member{pid, fd})
			}
		}
		if had && st.group == group {
			continue
		}
		send := func(sig syscall.Signal) {
			if m.fd >= 0 {
				_ = unix.PidfdSendSignal(m.fd, sig, nil, 0)
			} else {
				_ = unix.Kill(m.pid, sig)
			}
		}
		send(sig)
		if st.state == 'T' {
			send(unix.SIGCONT) // a stopped process would see it only when it continues
		}
	}
}

// procIsOurs is whether /proc is there and shows the numbers of this process's
// own PID namespace; after `unshare --pid` without a new /proc it does not.
var procIsOurs = sync.OnceValue(func() bool {
	link, err := os.Readlink("/proc/self")
	return err == nil && link == strconv.Itoa(os.Getpid())
})

// children lists the children of pid, those of all its threads.
func children(pid int) []int {
	// CONFIG_PROC_CHILDREN, 4.2.
	lists, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	var all []int
	for _, list := range lists {
		b, err := os.ReadFile(list)
		if err != nil {
			continue
		}
		for _, f := range bytes.Fields(b) {
			if n, err := strconv.Atoi(string(f)); err == nil {
				all = append(all, n)
			}
		}
	}
	if lists != nil {
		return all
	}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if st, ok := readStat(n); ok && st.parent == pid {
			all = append(all, n)
		}
	}
	return all
}

// A stat is what is needed of /proc/PID/stat.
type stat struct {
	state         byte
	parent, group int
	start         uint64 // in clock ticks since boot
}

func readStat(pid int) (st stat, ok bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return st, false
	}
	// The name, in parentheses, may hold anything, parentheses included.
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 20 {
		return st, false
	}
	st.state = f[0][0]
	st.parent, _ = strconv.Atoi(f[1])
	st.group, _ = strconv.Atoi(f[2])
	st.start, _ = strconv.ParseUint(f[19], 10, 64)
	return st, true
}
