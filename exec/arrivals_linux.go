//go:build amd64 || arm64

package exec

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Connections that gorun itself makes to kept ports. They wait in the queue of the
// listener like everybody's, so whichever version accepts next has them, and the kernel
// wakes it in whatever way it waits. What a version is given for one is known by the port
// that it comes from, which is known before anybody can accept it.

// An arrival is what a program is to get for such a connection: the connection itself as
// a client's (passage), a client's own connection in its place (client), or, with neither,
// the connection as it is.
type arrival struct {
	passage *Passage
	client  *accepted
}

// An accepted connection, with the address of its other end as accept(2) writes it.
type accepted struct {
	fd      int
	address []byte   // struct sockaddr
	passage *Passage // that it is the program's end of, or nil
}

// arrivals are those that nobody has accepted yet, by the port that they come from.
type arrivals struct {
	mu   sync.Mutex
	from map[uint16]*arrival
}

func (as *arrivals) expect(port uint16, a *arrival) {
	as.mu.Lock()
	if as.from == nil {
		as.from = make(map[uint16]*arrival)
	}
	as.from[port] = a
	as.mu.Unlock()
}

// forget reports whether nobody has accepted it.
func (as *arrivals) forget(a *arrival) (waited bool) {
	as.mu.Lock()
	for port, o := range as.from {
		if o == a {
			delete(as.from, port)
			waited = true
		}
	}
	as.mu.Unlock()
	return waited
}

func (as *arrivals) forgetPort(port uint16) {
	as.mu.Lock()
	delete(as.from, port)
	as.mu.Unlock()
}

// take returns what a connection that somebody has accepted stands for, nil if it is not
// gorun's.
func (as *arrivals) take(peer netip.AddrPort) *arrival {
	as.mu.Lock()
	a := as.from[peer.Port()]
	as.mu.Unlock()
	if a == nil || !isOwn(peer.Addr().Unmap().WithZone("")) || !as.forget(a) {
		return nil
	}
	return a
}

// dial makes a connection that arrives as a.
func (as *arrivals) dial(ctx context.Context, network, to string, a *arrival) (net.Conn, error) {
	conn, err := dialFrom(ctx, network, to, func(from uint16) { as.expect(from, a) })
	if err != nil {
		as.forget(a)
	}
	return conn, err
}

// dialFrom makes a connection from a port that is known before the connection is made.
func dialFrom(ctx context.Context, network, to string, known func(from uint16)) (net.Conn, error) {
	dialer := net.Dialer{Control: func(network, _ string, c syscall.RawConn) (err error) {
		cerr := c.Control(func(fd uintptr) {
			var any unix.Sockaddr = &unix.SockaddrInet6{}
			if network == "tcp4" {
				any = &unix.SockaddrInet4{}
			}
			if err = unix.Bind(int(fd), any); err == nil {
				known(localPort(int(fd)))
			}
		})
		return errors.Join(cerr, err)
	}}
	return dialer.DialContext(ctx, network, to)
}

// arrivesAsItIs has what comes from a port of gorun's be the program's.
func (ps *Ports) arrivesAsItIs(port uint16) {
	ps.mu.Lock()
	front := ps.front
	ps.mu.Unlock()
	if front != nil { // or nobody would take it
		ps.arrivals.expect(port, &arrival{})
	}
}

// giveLater has the next version that accepts be given a connection.
func (ps *Ports) giveLater(c accepted) {
	a := &arrival{client: &c}
	ctx, cancel := context.WithTimeout(context.Background(), lateDial)
	defer cancel()
	conn, err := ps.arrivals.dial(ctx, "tcp", localAddress(c.fd), a)
	if err != nil {
		ps.debug("ports: a client is lost: %v", err)
		unix.Close(c.fd)
		return
	}
	// It ends when somebody has accepted it, or its listener is closed.
	_, _ = conn.Read(make([]byte, 1))
	_ = conn.(*net.TCPConn).SetLinger(0) // leaves nothing behind
	conn.Close()
	if ps.arrivals.forget(a) {
		unix.Close(c.fd)
	}
}

// localAddress is a socket's own address, for a dialer.
func localAddress(fd int) string {
	sa, _ := unix.Getsockname(fd)
	address := sockAddrPort(sa)
	if sa, ok := sa.(*unix.SockaddrInet6); ok && sa.ZoneId != 0 {
		address = netip.AddrPortFrom(address.Addr().WithZone(strconv.Itoa(int(sa.ZoneId))), address.Port())
	}
	return address.String()
}

// clientOf returns the client of a connection that gorun has accepted from a kept
// listener; nil if there is none any more.
func (ps *Ports) clientOf(conn net.Conn) net.Conn {
	a := ps.arrivals.take(addrPort(conn.RemoteAddr()))
	switch {
	case a == nil:
		return conn
	case a.client != nil:
		conn.Close()
		if client := a.client.conn(); client != nil {
			return client
		}
		return nil
	case a.passage != nil: // its end tells the front that nobody answers
		conn.Close()
		return nil
	}
	return conn
}
