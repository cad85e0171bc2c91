//go:build amd64 || arm64

package exec

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// A program with SO_REUSEPORT may open one address several times, and the next version
// fewer times. The kernel goes on giving clients to all of the kept listeners, those
// too that no version has open. Until these are given up gorun accepts their clients
// and passes the bytes on to the program, over a connection of its own.
//
// Rejected: to give the listeners up as soon as the version is ready (the clients in
// their queues are reset, and the version may be about to open them); to steer the
// clients with SO_ATTACH_REUSEPORT_CBPF (MPTCP, which Go's listeners are, has none, and
// the program may have one of its own).

// unclaimedTries bounds the connections that gorun makes for one client: each may
// reach a queue that nobody accepts from. With ten listeners
// before and one now, a hundred tries fail once in 40,000 times.
const unclaimedTries = 100

// A forwarder passes on the clients of a listener that no version has open.
type forwarder struct {
	user  *portUser
	queue net.Listener
	done  sync.WaitGroup // the goroutine that accepts
}

// forwardUnclaimed is called with mu held. It begins to forward for the listeners that
// have a twin which the program has open.
func (u *portUser) forwardUnclaimed() {
	claimed := make(map[netip.AddrPort]bool)
	for _, l := range u.ports.listeners {
		if l.user == u && u.hasOpen(l) {
			claimed[l.address] = true
		}
	}
	for _, l := range u.ports.listeners {
		unclaimed := l.user != u && !l.fromListenFDs && claimed[l.address] && !u.ports.inUse(l)
		if !unclaimed || l.forwarder != nil || !nonblocking(l.fd) || !l.listening() {
			continue
		}
		fd, err := unix.FcntlInt(uintptr(l.fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			continue
		}
		file := os.NewFile(uintptr(fd), l.name)
		queue, err := net.FileListener(file)
		file.Close()
		if err != nil {
			u.ports.debug("ports: %s: not forwarded: %v", l.name, err)
			continue
		}
		u.ports.debug("ports: %s is open fewer times: gorun passes on what comes to the others", l.name)
		f := &forwarder{user: u, queue: queue}
		l.forwarder = f
		f.done.Go(func() { f.run(l.address) })
	}
}

// stop ends the accepting. What is being forwarded goes on. Nil is no forwarder.
func (f *forwarder) stop() {
	if f == nil {
		return
	}
	f.queue.Close()
	f.done.Wait()
}

func (f *forwarder) run(address netip.AddrPort) {
	for {
		client, err := f.queue.Accept()
		if err != nil {
			return
		}
		f.forward(client, address)
	}
}

// forward begins to pass on one client's bytes.
func (f *forwarder) forward(client net.Conn, address netip.AddrPort) {
	if f.user.ownConnections.cameBack(client) {
		client.Close() // another try
		return
	}
	if client = f.user.ports.clientOf(client); client == nil {
		return
	}
	go func() {
		defer client.Close()
		server, err := f.user.dialKept(address)
		if err != nil {
			f.user.ports.debug("ports: %v: a client is not forwarded: %v", address, err)
			return
		}
		defer f.user.ownConnections.close(server)
		copyBoth(client, server)
	}()
}

// dialKept connects to a kept port until the program accepts.
func (u *portUser) dialKept(address netip.AddrPort) (conn net.Conn, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), lateDial)
	defer cancel()
	to := address.String()
	if ip := address.Addr(); ip.IsUnspecified() && ip.Is4() {
		to = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), address.Port()).String()
	} else if ip.IsUnspecified() {
		to = netip.AddrPortFrom(netip.IPv6Loopback(), address.Port()).String()
	}
	for range unclaimedTries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		alone := u.runsAlone()
		conn, err = u.ownConnections.dial(ctx, to, u.ports)
		if err != nil {
			continue // a listener was closed under it, perhaps
		}
		var ours bool
		if ours, err = u.hasAccepted(ctx, conn, alone); err == nil && ours && !u.ownConnections.hasComeBack(conn) {
			return conn, nil
		}
		u.ownConnections.close(conn)
	}
	return nil, cmp.Or(err, errors.New("no queue that the program accepts from was reached"))
}

// ownConnections are the connections that gorun makes to kept ports, by their own port.
type ownConnections struct {
	mu   sync.Mutex
	from map[uint16]bool // true: it was gorun that accepted it
}

// dial connects from a port that is known to be gorun's before anybody can accept the
// connection.
func (o *ownConnections) dial(ctx context.Context, to string, ps *Ports) (net.Conn, error) {
	var from uint16
	conn, err := dialFrom(ctx, "tcp", to, func(port uint16) {
		from = port
		o.add(port)
		ps.arrivesAsItIs(port)
	})
	if err != nil {
		o.remove(from)
	}
	return conn, err
}

func (o *ownConnections) add(port uint16) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.from == nil {
		o.from = make(map[uint16]bool)
	}
	o.from[port] = false
}

func (o *ownConnections) remove(port uint16) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.from, port)
}

// cameBack reports whether a connection that gorun has accepted is one of them, and
// notes that: they come from the very address that they go to.
func (o *ownConnections) cameBack(accepted net.Conn) bool {
	from, to := addrPort(accepted.RemoteAddr()), addrPort(accepted.LocalAddr())
	o.mu.Lock()
	defer o.mu.Unlock()
	_, own := o.from[from.Port()]
	own = own && from.Addr() == to.Addr()
	if own {
		o.from[from.Port()] = true
	}
	return own
}

// hasComeBack reports whether it was gorun that accepted one of them.
func (o *ownConnections) hasComeBack(conn net.Conn) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.from[addrPort(conn.LocalAddr()).Port()]
}

func (o *ownConnections) close(conn net.Conn) {
	o.remove(addrPort(conn.LocalAddr()).Port())
	conn.Close()
}

// copyBoth passes on what two connections say to each other, until both have ended.
func copyBoth(a, b net.Conn) {
	var both sync.WaitGroup // two
	one := func(to, from net.Conn) {
		_, err := io.Copy(to, from)
		if tcp, ok := to.(*net.TCPConn); ok && err == nil {
			_ = tcp.CloseWrite()
		} else {
			to.Close()
		}
	}
	both.Go(func() { one(a, b) })
	both.Go(func() { one(b, a) })
	both.Wait()
}
