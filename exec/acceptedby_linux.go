//go:build amd64 || arm64

package exec

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Who has accepted a connection: the listening socket is shared by the versions of
// a program, and the kernel completes a handshake whether anybody accepts or not.
// The answer is in the programs' descriptors: the one that has a socket whose peer
// is our end. So a probe can wait in the queue of a program that starts, as its
// clients do, and is never answered by the version before.
//
// Rejected: to take the old version's listener out of its epoll set for the time of
// a probe (stopaccepting_linux.go). Clients would wait for a version that is not ready, or
// be answered by it.

const (
	// acceptPause is the pause between two searches of the descriptors, at first: a program that waits for
	// clients accepts within microseconds.
	acceptPause = time.Millisecond
	// acceptPauseMost is the pause when it has become a long wait, for a program
	// that starts.
	acceptPauseMost = 20 * time.Millisecond
)

var errGivenUp = errors.New("the program listens there no more")

// hasAccepted waits until a connection has been accepted, and reports whether by this
// program. A connection to anything but a kept port counts as accepted by it. The
// error is not nil if nobody will accept it.
func (u *portUser) hasAccepted(ctx context.Context, conn net.Conn) (bool, error) {
	if u == nil || u.notify.file == nil {
		return true, nil
	}
	to, ours := addrPort(conn.RemoteAddr()), addrPort(conn.LocalAddr())
	if !u.ports.isKept(to) {
		return true, nil
	}
	others := make(map[int]map[uint64]bool) // by process: sockets that are not our peer
	pause := acceptPause
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-timer.C:
		}
		for _, o := range u.ports.running() {
			if others[o.pid] == nil {
				others[o.pid] = make(map[uint64]bool)
			}
			if o.isConnectedTo(to, ours, others[o.pid]) {
				return o == u, nil
			}
		}
		switch {
		case hungUp(conn):
			return false, errors.New("the connection was closed")
		case !u.ports.isKept(to):
			return false, errGivenUp
		}
		timer.Reset(pause)
		pause = min(2*pause, acceptPauseMost)
	}
}

// running lists the programs that run.
func (ps *Ports) running() []*portUser {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return slices.Clone(ps.users)
}

// isKept reports whether an address of this machine is that of a kept listener.
func (ps *Ports) isKept(to netip.AddrPort) bool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if !isOwn(to.Addr()) {
		return false
	}
	return slices.ContainsFunc(ps.listeners, func(l *keptListener) bool {
		ip := l.address.Addr()
		return l.bound && l.port == to.Port() && (ip.IsUnspecified() || ip.Unmap().WithZone("") == to.Addr())
	})
}

// isOwn reports whether an address is this machine's.
func isOwn(ip netip.Addr) bool {
	if ip.IsLoopback() {
		return true
	}
	addrs, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(addrs, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		own, valid := netip.AddrFromSlice(n.IP)
		return ok && valid && own.Unmap() == ip
	})
}

// isConnectedTo reports whether the program has a connection with a peer. It notes the
// others that it finds, none of which can become that one.
func (u *portUser) isConnectedTo(at, peer netip.AddrPort, others map[uint64]bool) bool {
	if u.ports.way == ownSockets {
		inode := acceptedInode(at, peer)
		return inode != 0 && slices.ContainsFunc(sockets(u.pid), func(s socket) bool { return s.inode == inode })
	}
	for _, s := range sockets(u.pid) {
		if others[s.inode] {
			continue
		}
		fd, ok := u.duplicateSocket(s)
		if !ok {
			continue
		}
		sa, err := unix.Getpeername(fd)
		unix.Close(fd)
		if err != nil {
			continue // not connected: a listener
		}
		if sockAddrPort(sa) == peer {
			return true
		}
		others[s.inode] = true
	}
	return false
}

// hungUp reports whether the other end is closed.
func hungUp(conn net.Conn) (closed bool) {
	c, ok := conn.(*net.TCPConn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return true
	}
	_ = raw.Control(func(fd uintptr) {
		var b [1]byte
		n, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		closed = n == 0 && err == nil || err != nil && err != unix.EAGAIN && err != unix.EINTR
	})
	return closed
}
