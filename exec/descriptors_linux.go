//go:build amd64 || arm64

package exec

import (
	"maps"
	"slices"

	"golang.org/x/sys/unix"
)

// How gorun comes by descriptors of a program's files, by either way.

// socketOf returns gorun's own descriptor of the socket that a process, the program or
// one that it has started, is about to bind or connect. Called with mu held.
func (u *portUser) socketOf(process, number int) (fd int, ok bool) {
	if u.ports.way == ownSockets {
		return u.takeSocket(process, number)
	}
	pidfd := u.pidfd
	if process != u.pid {
		var err error
		if pidfd, err = unix.PidfdOpen(process, 0); err != nil {
			return -1, false
		}
		defer unix.Close(pidfd)
	}
	fd, err := unix.PidfdGetfd(pidfd, number, 0)
	if process == u.pid && (err == unix.EPERM || err == unix.ENOSYS) {
		u.ports.debug("ports: not kept: pidfd_getfd: %v", err)
		u.ports.broken = true
	}
	return fd, err == nil
}

// duplicateSocket returns gorun's own descriptor of one of the program's sockets, if
// that is still open.
func (u *portUser) duplicateSocket(s socket) (fd int, ok bool) {
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if u.pidfd < 0 {
		return -1, false
	}
	var err error
	if u.ports.way == ownSockets {
		fetched, ok := u.fetched[s.inode]
		if !ok {
			return -1, false
		}
		fd, err = unix.FcntlInt(uintptr(fetched), unix.F_DUPFD_CLOEXEC, 0)
	} else {
		fd, err = unix.PidfdGetfd(u.pidfd, s.fd, 0)
	}
	if err != nil {
		return -1, false
	}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Ino != s.inode {
		unix.Close(fd)
		return -1, false
	}
	return fd, true
}

// fetchesMost bounds the attempts to fetch connections: one fails when the program
// closes a descriptor in that very moment, and all do where a debugger is attached.
const fetchesMost = 20

// fetchNew fetches those of a program's sockets that are not known yet, where they
// cannot be duplicated, and closes those that the program has closed. It returns how
// many could not be fetched this time.
func (u *portUser) fetchNew(list []socket, known map[uint64]*connection) (unknown int) {
	inodes := u.unfetched(list, known)
	if len(inodes) == 0 {
		return 0
	}
	// Without the lock: the thread that is to stop may wait for an answer of gorun's.
	got, err := fetchDescriptors(u.pid, slices.Collect(maps.Keys(inodes)))
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if err != nil {
		u.fetches++
		u.ports.debug("ports: %d: its connections cannot be inspected now: %v", u.pid, err)
		return len(inodes)
	}
	if u.fetched == nil {
		u.fetched = make(map[uint64]int)
	}
	for number, fd := range got {
		if u.pidfd < 0 { // it has ended
			unix.Close(fd)
		} else {
			u.fetched[inodes[number]] = fd
		}
	}
	return 0
}

// unfetched returns the inodes, by the program's numbers, of the sockets that are to be
// fetched.
func (u *portUser) unfetched(list []socket, known map[uint64]*connection) map[int]uint64 {
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if u.ports.way != ownSockets || u.pidfd < 0 {
		return nil
	}
	open := make(map[uint64]bool)
	inodes := make(map[int]uint64)
	for _, s := range list {
		c, seen := known[s.inode]
		open[s.inode] = !seen || c != nil
		_, fetched := u.fetched[s.inode]
		listens := slices.ContainsFunc(u.ports.listeners, func(l *keptListener) bool { return l.inode == s.inode })
		if !seen && !fetched && !listens {
			inodes[s.fd] = s.inode
		}
	}
	for inode, fd := range maps.Clone(u.fetched) {
		if !open[inode] {
			unix.Close(fd)
			delete(u.fetched, inode)
		}
	}
	if u.fetches == fetchesMost {
		return nil
	}
	return inodes
}
