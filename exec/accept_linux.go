//go:build amd64 || arm64

package exec

import (
	"errors"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// How a program is kept from accepting. It shares the listening socket with
// gorun and with the next version, so nothing can be done to the socket.
//
// What differs is the program's epoll set: gorun borrows the set by
// pidfd_getfd(2) and takes the listener out (epoll_ctl(2), EPOLL_CTL_DEL). The
// program accepts what it has been told about, finds the queue empty, and is
// never woken for it again. It costs nothing before, and works for everything
// that accepts by epoll: Go, libuv, nginx and others. A program that sits in a
// blocking accept(2) goes on accepting until its signal.
//
// Rejected: to hand accept4(2) to user notification, too. A filter cannot be
// taken away or changed in a running program, so every accept would pay two
// switches to gorun and back, all day long, for the moment of a swap.

// stopAccepting takes listeners out of a program's epoll sets and reports how
// often it found them there.
func (t *tenant) stopAccepting(ls []*kept) (found int, err error) {
	for _, w := range watchedBy(t.pid) {
		i := slices.IndexFunc(ls, func(l *kept) bool { return l.inode == w.inode })
		if i < 0 {
			continue
		}
		found++
		set, gerr := unix.PidfdGetfd(t.pidfd, w.epoll, 0)
		if gerr == nil {
			gerr = forget(set, ls[i].fd, w.fd)
			unix.Close(set)
		}
		err = errors.Join(err, gerr)
	}
	return found, err
}

// polls reports whether a kept listener is in one of the program's epoll sets.
func (t *tenant) polls() bool {
	t.ports.mu.Lock()
	defer t.ports.mu.Unlock()
	return slices.ContainsFunc(watchedBy(t.pid), func(w watched) bool {
		return slices.ContainsFunc(t.ports.held, func(l *kept) bool { return l.inode == w.inode })
	})
}

// forget removes the file of our descriptor fd from an epoll set in which it
// has another number. An entry's key is the file and the number, so the file
// must have that number here, too: in a table of descriptors that belongs to one
// thread alone (unshare(2), CLONE_FILES), which ends right after.
//
// No call in between may enter the Go scheduler: RawSyscall.
func forget(set, fd, number int) error {
	result := make(chan error) // never closed; one value
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread never ends. While it is ours nobody else gets it.
			defer runtime.UnlockOSThread()
			result <- forget(set, fd, number)
			return
		}
		result <- forgetHere(set, fd, number) // locked for good: the thread ends with the goroutine
	}()
	return <-result
}

func forgetHere(set, fd, number int) error {
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
	if _, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(set), unix.EPOLL_CTL_DEL, uintptr(number), 0, 0, 0); errno != 0 && errno != unix.ENOENT {
		return errno
	}
	return nil
}
