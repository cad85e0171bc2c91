//go:build amd64 || arm64

package exec

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// onBind answers one bind(2).
func (u *portUser) onBind(n *notification) {
	if tgid(int(n.thread)) != u.pid {
		u.notify.proceed(n)
		return
	}
	addr, ok := readMemory(int(n.thread), n.args[1], n.args[2])
	if !ok || !isPort(addr) {
		u.notify.proceed(n)
		return
	}
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	fd := int(int32(n.args[0]))
	own, err := unix.PidfdGetfd(u.pidfd, fd, 0)
	if err != nil || !u.notify.valid(n) {
		if err == unix.EPERM || err == unix.ENOSYS {
			u.ports.debug("ports: not kept: pidfd_getfd: %v", err)
			u.ports.broken = true
		}
		if err == nil {
			unix.Close(own)
		}
		u.notify.proceed(n)
		return
	}
	candidate := newKeptListener(own, addr)
	if !candidate.keepable() {
		candidate.close()
		u.notify.proceed(n)
		return
	}
	if u.retiring && slices.ContainsFunc(u.ports.listeners, func(l *keptListener) bool { return l.key == candidate.key }) {
		// It is stopped before it is up; what it would accept now would be
		// lost. It waits here for its signal. Go's net tries TCP where MPTCP
		// has failed, so this is for sockets of every kind.
		candidate.close()
		if u.signalled {
			u.notify.answer(n, unix.EINTR)
		} else {
			u.waitingBinds = append(u.waitingBinds, *n)
		}
		return
	}
	if l := u.ports.keptFor(candidate, u); l != nil {
		err := u.notify.replace(n, l.fd, fd, closeOnExec(u.pid, fd))
		candidate.close()
		if err != nil {
			u.ports.debug("ports: %s: not handed over: %v", l.name, err)
			u.notify.proceed(n)
			return
		}
		u.ports.debug("ports: %s handed over to %d", l.name, u.pid)
		l.user, l.userFD, l.wasClosed = u, fd, false
		u.notify.answer(n, 0)
		u.boundOnce.Do(func() { close(u.bound) })
		return
	}
	if errno := candidate.bind(addr); errno != 0 {
		candidate.close()
		u.notify.answer(n, errno)
		return
	}
	candidate.delay = time.Since(u.startedAt)
	candidate.user, candidate.userFD = u, fd
	u.ports.listeners = append(u.ports.listeners, candidate)
	u.ports.debug("ports: %s of %d kept", candidate.name, u.pid)
	u.notify.answer(n, 0)
	u.boundOnce.Do(func() { close(u.bound) })
	u.ports.checkLater(candidate, 0)
}

// keptFor returns the kept listener that stands for a program's new socket: of the
// same address and kind, and not open in the program yet. A program may bind an
// address several times, with SO_REUSEPORT. One of another kind is given up,
// unless a program uses it.
func (ps *Ports) keptFor(candidate *keptListener, u *portUser) *keptListener {
	for _, l := range ps.listeners {
		if l.fromListenFDs || l.key != candidate.key || u.hasOpen(l) {
			continue
		}
		if l.kind == candidate.kind {
			return l
		}
		if !ps.inUse(l) {
			ps.drop(l, "options changed")
			return ps.keptFor(candidate, u)
		}
	}
	return nil
}

// endWaitingBinds is called when a retiring program is sent its signal. A thread
// that waits in bind wakes for nothing but a fatal signal, and the kernel may have
// chosen that very thread to receive this one; so its bind fails with EINTR.
func (u *portUser) endWaitingBinds() {
	if u == nil {
		return
	}
	time.AfterFunc(signalDelay, func() {
		u.ports.mu.Lock()
		defer u.ports.mu.Unlock()
		for i := range u.waitingBinds {
			u.notify.answer(&u.waitingBinds[i], unix.EINTR)
		}
		u.waitingBinds, u.signalled = nil, true
	})
}

// signalDelay is longer than a signal takes from gorun by way of the keeper.
const signalDelay = 20 * time.Millisecond
