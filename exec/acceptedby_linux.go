//go:build amd64 || arm64

package exec

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Who has accepted a connection: the listening socket is shared by the versions of
// a program, and the kernel completes a handshake whether anybody accepts or not.
// The answer is in the programs' descriptors: the one that has a socket whose peer
// is our end. So a probe can wait in the queue of a program that starts, as its
// clients do, and is never answered by the version before.
//
// A program that answers without being asked and closes at once has no such socket
// any more when gorun searches. While it is the only one that runs, nobody else can
// have answered; and while the version before runs, too, it is enough that somebody has, and
// that this program waits for clients by then.
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
// program. A connection to anything but a kept port counts as accepted by it. alone is
// what runsAlone has said before the connection was made. The error is not nil if nobody
// will accept it.
func (u *portUser) hasAccepted(ctx context.Context, conn net.Conn, alone bool) (bool, error) {
	if u == nil || u.notify.file == nil {
		return true, nil
	}
	to, ours := addrPort(conn.RemoteAddr()), addrPort(conn.LocalAddr())
	if !u.ports.isKept(to) {
		return true, nil
	}
	defer u.ports.arrivals.forgetPort(ours.Port())
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
		running := u.ports.running()
		alone = alone && isAlone(u, running)
		answer := heard(conn) // before the search, which would find who has answered and not closed
		for _, o := range running {
			if others[o.pid] == nil {
				others[o.pid] = make(map[uint64]bool)
			}
			if o.isConnectedTo(to, ours, others[o.pid]) {
				return o == u, nil
			}
		}
		switch {
		case answer == answered && (alone || u.isPolling()):
			return true, nil
		case answer != silent:
			return false, errors.New("the connection was closed")
		case !u.ports.isKept(to):
			return false, errGivenUp
		}
		timer.Reset(pause)
		pause = min(2*pause, acceptPauseMost)
	}
}

// dial connects to an address. No front serves the connection if that is a kept port.
func (u *portUser) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if u == nil || !strings.HasPrefix(network, "tcp") {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	var from []uint16 // several where a name has several addresses
	var mu sync.Mutex // the dialer may try two at a time
	conn, err := dialFrom(ctx, network, address, func(port uint16) {
		mu.Lock()
		defer mu.Unlock()
		from = append(from, port)
		u.ports.dialled(port)
		u.ports.arrivesAsItIs(port)
	})
	mu.Lock()
	defer mu.Unlock()
	for _, port := range from {
		if err != nil || port != addrPort(conn.LocalAddr()).Port() || !u.ports.isKept(addrPort(conn.RemoteAddr())) {
			u.ports.arrivals.forgetPort(port)
		}
	}
	return conn, err
}

// runsAlone reports whether no other program runs. A version that has ended since may have
// answered a connection that was made while it ran.
func (u *portUser) runsAlone() bool {
	return u != nil && u.notify.file != nil && isAlone(u, u.ports.running())
}

func isAlone(u *portUser, running []*portUser) bool { return len(running) == 1 && running[0] == u }

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

// An answer is what has come over a connection that has sent nothing.
type answer int

const (
	silent   answer = iota
	answered        // bytes, or the other end was closed by who had accepted it
	reset           // the queue that it waited in was closed, or something failed
)

func heard(conn net.Conn) (a answer) {
	c, ok := conn.(*net.TCPConn)
	if !ok {
		return silent
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return reset
	}
	_ = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		switch err {
		case unix.EAGAIN, unix.EINTR:
		case nil:
			a = answered
		default:
			a = reset
		}
	})
	return a
}
