//go:build amd64 || arm64

package exec

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// onBind answers one bind(2). What nobody has bound before the kernel binds, with the
// rights of the thread that asks and with its own errors; gorun keeps a descriptor of
// the socket, if that is bound then.
func (u *portUser) onBind(n *notification) {
	raw, _ := readMemory(int(n.thread), n.args[1], n.args[2])
	address, ok := parseAddr(raw)
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if !ok {
		name, isUnix := unixName(raw)
		if !isUnix || !u.notify.valid(n) || !u.awaitsEnd(n, name, unixInTheWay(name)) {
			u.notify.proceed(n)
		}
		return
	}
	fd, process := int(int32(n.args[0])), tgid(int(n.thread))
	own, ok := u.socketOf(process, fd)
	if !ok {
		u.notify.proceed(n)
		return
	}
	candidate := newKeptListener(own, address)
	if candidate.kind.typ == unix.SOCK_DGRAM {
		reuse, _ := unix.GetsockoptInt(own, unix.SOL_SOCKET, unix.SO_REUSEADDR) // for UDP it is what REUSEPORT is for TCP
		shared := reuse != 0 || address.Port() == 0 || !u.notify.valid(n)
		candidate.close()
		if shared || !u.awaitsEnd(n, "UDP "+candidate.name, udpInTheWay(candidate)) {
			u.notify.proceed(n)
		}
		return
	}
	if !u.notify.valid(n) || !candidate.keepable() || address.Port() == 0 {
		candidate.close()
		u.notify.proceed(n)
		return
	}
	if process != u.pid { // a child's port is not kept, but nothing is in its way
		u.ports.makeWay(candidate)
		candidate.close()
		if !u.awaitsEnd(n, candidate.name, u.ports.tcpInTheWay(candidate)) {
			u.notify.proceed(n)
		}
		return
	}
	same := func(l *keptListener) bool { return l.address == candidate.address }
	if u.retiring && slices.ContainsFunc(u.ports.listeners, same) {
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
	if !mayBind(int(n.thread), candidate.port) {
		candidate.close()
		u.notify.proceed(n) // and the kernel says no
		return
	}
	if l := u.ports.keptFor(candidate, u); l != nil {
		l.forwarder.stop()
		l.forwarder = nil
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
	u.ports.makeWay(candidate)
	if u.awaitsEnd(n, candidate.name, u.ports.tcpInTheWay(candidate)) {
		candidate.close()
		return
	}
	candidate.user, candidate.userFD = u, fd
	u.ports.listeners = append(u.ports.listeners, candidate)
	u.notify.proceed(n)
	u.awaitBound(candidate, bindPause)
}

const (
	// bindPause is the first pause before gorun asks whether a socket is bound: many
	// times what the kernel needs for a bind.
	bindPause = 100 * time.Microsecond
	// bindPauseMost is what the pauses grow to. When they have come so far, half a
	// second has gone by, and the bind has failed.
	bindPauseMost = 250 * time.Millisecond
)

// awaitBound is called with mu held. It waits until the kernel has bound a socket and
// keeps it then.
func (u *portUser) awaitBound(l *keptListener, pause time.Duration) {
	time.AfterFunc(pause, func() {
		u.ports.mu.Lock()
		defer u.ports.mu.Unlock()
		switch {
		case !slices.Contains(u.ports.listeners, l):
		case localPort(l.fd) != 0:
			l.bound, l.delay = true, time.Since(u.startedAt)
			u.ports.debug("ports: %s of %d kept", l.name, u.pid)
			u.boundOnce.Do(func() { close(u.bound) })
			u.ports.checkLater(l, 0)
		case pause >= bindPauseMost:
			u.ports.drop(l, "it could not be bound")
		default:
			u.awaitBound(l, 2*pause)
		}
	})
}

// keptFor returns the kept listener that stands for a program's new socket: of the
// same address and kind, with the new one's options, and not open in the program yet.
// A program may bind an address several times, with SO_REUSEPORT. One of another kind
// is given up, unless a program uses it.
func (ps *Ports) keptFor(candidate *keptListener, u *portUser) *keptListener {
	for _, l := range ps.listeners {
		if !l.bound || l.fromListenFDs || l.address != candidate.address || u.hasOpen(l) {
			continue
		}
		fault := "it is another kind of socket"
		if l.kind == candidate.kind {
			err := copySocketOptions(l.fd, candidate.fd)
			if err == nil {
				return l
			}
			fault = err.Error()
		}
		if !ps.inUse(l) {
			ps.drop(l, fault)
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
