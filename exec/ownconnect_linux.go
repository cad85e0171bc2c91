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
	if to, aok := parseAddr(raw); ok && aok && u.ports.isUnserved(n, to) {
		u.notify.answer(n, unix.ECONNREFUSED)
		return
	}
	u.notify.proceed(n)
}

// isUnserved reports whether a thread connects to a kept port that no program has
// open.
func (ps *Ports) isUnserved(n *notification, to netip.AddrPort) bool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	var found *keptListener
	for _, l := range ps.listeners {
		if l.port != to.Port() || !l.bound || l.fromListenFDs || !l.hears(to.Addr()) || !l.listening() {
			continue
		}
		if ps.inUse(l) {
			return false
		}
		found = l
	}
	return found != nil && ps.isTCPThere(n, found)
}

// isTCPThere reports whether the socket that a thread connects with is one of TCP in
// the listener's network.
func (ps *Ports) isTCPThere(n *notification, l *keptListener) bool {
	pidfd, err := unix.PidfdOpen(tgid(int(n.thread)), 0)
	if err != nil {
		return false
	}
	defer unix.Close(pidfd)
	fd, err := unix.PidfdGetfd(pidfd, int(int32(n.args[0])), 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	namespace, _ := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	return err == nil && typ == unix.SOCK_STREAM && namespace == l.kind.namespace
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
