//go:build amd64 || arm64

package exec

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// How a program is made to accept no more. It shares the listening socket with
// gorun and with the next version, so nothing can be done to the socket.
//
// What the versions do not share is the program's epoll set: gorun duplicates its
// descriptor (pidfd_getfd(2)) and takes the listener out (epoll_ctl(2),
// EPOLL_CTL_DEL). The program accepts the connections that epoll has reported,
// finds the queue empty, and is never woken for it again. It costs nothing before, and works for everything
// that accepts by epoll: Go, libuv, nginx and others. A program that sits in a
// blocking accept(2) goes on accepting until its signal.
//
// Rejected: to hand accept4(2) to user notification, too. A filter cannot be
// taken away or changed in a running program, so every accept would pay two
// switches to gorun and back, all day long, for the moment of a swap. With -browser it
// pays them anyhow, and an accept of a program that is to end finds nothing.

// An epollTarget is a socket that is to leave a program's epoll sets, with gorun's own
// descriptor of it.
type epollTarget struct {
	inode uint64
	fd    int
}

// removeFromEpoll takes sockets out of a program's epoll sets and reports how
// often it found them there.
func (u *portUser) removeFromEpoll(targets []epollTarget) (found int, err error) {
	if u.ports.way == ownSockets {
		return u.removeFromOwnEpoll(targets)
	}
	for _, w := range epollEntries(u.pid) {
		i := slices.IndexFunc(targets, func(t epollTarget) bool { return t.inode == w.inode })
		if i < 0 {
			continue
		}
		found++
		set, gerr := unix.PidfdGetfd(u.pidfd, w.epoll, 0)
		if gerr == nil {
			gerr = epollControl(unix.EPOLL_CTL_DEL, set, targets[i].fd, w.fd, w.event)
			unix.Close(set)
		}
		err = errors.Join(err, gerr)
	}
	return found, err
}

// removeFromOwnEpoll does so with the sets that gorun has made: what each holds stands
// in the fdinfo of gorun's own descriptor of it, with the program's numbers.
func (u *portUser) removeFromOwnEpoll(targets []epollTarget) (found int, err error) {
	for _, set := range u.epollSets {
		for _, w := range epollEntriesOf(os.Getpid(), set) {
			if i := slices.IndexFunc(targets, func(t epollTarget) bool { return t.inode == w.inode }); i >= 0 {
				found++
				err = errors.Join(err, epollControl(unix.EPOLL_CTL_DEL, set, targets[i].fd, w.fd, w.event))
			}
		}
	}
	return found, err
}

// backToEpoll undoes removeFromEpoll, with an entry as it was before.
func (u *portUser) backToEpoll(was epollEntry, fd int) error {
	if u.ports.way == ownSockets {
		return epollControl(unix.EPOLL_CTL_ADD, was.epoll, fd, was.fd, was.event)
	}
	set, err := unix.PidfdGetfd(u.pidfd, was.epoll, 0)
	if err != nil {
		return err
	}
	defer unix.Close(set)
	return epollControl(unix.EPOLL_CTL_ADD, set, fd, was.fd, was.event)
}

// pollEntries lists the entries for a socket in the program's epoll sets; their numbers
// are for backToEpoll.
func (u *portUser) pollEntries(inode uint64) (list []epollEntry) {
	all := epollEntries(u.pid)
	if u.ports.way == ownSockets {
		all = nil
		for _, set := range u.epollSets {
			all = append(all, epollEntriesOf(os.Getpid(), set)...)
		}
	}
	for _, w := range all {
		if w.inode == inode {
			list = append(list, w)
		}
	}
	return list
}

// isPolling reports whether a kept listener is in one of the program's epoll sets.
func (u *portUser) isPolling() bool {
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	return slices.ContainsFunc(epollEntries(u.pid), func(w epollEntry) bool {
		return slices.ContainsFunc(u.ports.listeners, func(l *keptListener) bool { return l.inode == w.inode })
	})
}

// epollControl adds the file of our descriptor fd to an epoll set, or removes it from
// one, under the number that it has in the program. An entry's key is the file and the number, so the file
// must have that number here, too: in a table of descriptors that belongs to one
// thread alone (unshare(2), CLONE_FILES), which ends right after.
//
// No call in between may enter the Go scheduler: RawSyscall.
func epollControl(operation, set, fd, number int, event unix.EpollEvent) error {
	result := make(chan error) // never closed; one value
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread never ends. While it is ours nobody else gets it.
			defer runtime.UnlockOSThread()
			result <- epollControl(operation, set, fd, number, event)
			return
		}
		// Locked for good: the thread ends with the goroutine.
		result <- epollControlOnThisThread(operation, set, fd, number, event)
	}()
	return <-result
}

func epollControlOnThisThread(operation, set, fd, number int, event unix.EpollEvent) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_UNSHARE, unix.CLONE_FILES, 0, 0); errno != 0 {
		return errno
	}
	if set == number {
		moved, _, errno := unix.RawSyscall(unix.SYS_FCNTL, uintptr(set), unix.F_DUPFD_CLOEXEC, uintptr(number+1))
		if errno != 0 {
			return errno
		}
		set = int(moved)
	}
	if fd != number {
		if _, _, errno := unix.RawSyscall(unix.SYS_DUP3, uintptr(fd), uintptr(number), unix.O_CLOEXEC); errno != 0 {
			return errno
		}
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(set), uintptr(operation), uintptr(number),
		uintptr(unsafe.Pointer(&event)), 0, 0)
	if errno != 0 && errno != unix.ENOENT {
		return errno
	}
	return nil
}
