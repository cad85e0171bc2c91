//go:build amd64 || arm64

package exec

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// A kept port accepts connections while no version listens on it: clients wait in its
// queue. A program that asks whether it runs already, or whether a port is free, by
// connecting to it, would take that for an answer. So a connect of the program's own,
// or of what it has started, is refused there, as it would be without gorun.

// onConnect answers one connect(2).
func (u *portUser) onConnect(n *notification) {
	raw, ok := readMemory(int(n.thread), n.args[1], n.args[2])
	if to, aok := parseAddr(raw); ok && aok && u.refuses(n, to) {
		u.notify.answer(n, unix.ECONNREFUSED)
		return
	}
	u.notify.proceed(n)
}

// refuses reports whether a thread connects to a kept port that no program has open.
func (u *portUser) refuses(n *notification, to netip.AddrPort) bool {
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	l := u.ports.unserved(to)
	if l == nil && u.ports.way != ownSockets {
		return false
	}
	fd, ok := u.socketOf(tgid(int(n.thread)), int(int32(n.args[0])))
	if !ok {
		return false
	}
	defer unix.Close(fd) // or the connection would not end with the program's close
	typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	namespace, _ := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	return l != nil && err == nil && typ == unix.SOCK_STREAM && namespace == l.kind.namespace
}

// unserved returns the kept listener that a connection to an address would reach, nil
// if there is none or a program has it open. Called with mu held.
func (ps *Ports) unserved(to netip.AddrPort) (found *keptListener) {
	for _, l := range ps.listeners {
		if l.port != to.Port() || !l.bound || l.fromListenFDs || !l.hears(to.Addr()) || !l.listening() {
			continue
		}
		if ps.inUse(l) {
			return nil
		}
		found = l
	}
	return found
}

// hears reports whether a listener gets the connections to an address of this
// machine. The unspecified address means loopback to connect(2).
func (l *keptListener) hears(to netip.Addr) bool {
	ip := l.address.Addr().Unmap().WithZone("")
	to = to.Unmap().WithZone("")
	switch {
	case to.IsUnspecified() && to.Is4():
		to = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case to.IsUnspecified():
		to = netip.IPv6Loopback()
	}
	switch {
	case !ip.IsUnspecified():
		return ip == to
	case ip.Is4() && to.Is6(), ip.Is6() && to.Is4() && l.kind.v6only != 0:
		return false
	}
	return isOwn(to)
}
