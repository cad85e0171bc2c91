//go:build amd64 || arm64

package exec

import (
	"context"
	"encoding/binary"
	"net"
	"os"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Who a client of a kept port is given to, where browsers have a front. The program's
// accept(2) is handed to gorun, which accepts in its place and looks at the first bytes:
//
//	a browser's        the front serves it, and the program accepts the next one; when the
//	                   front makes a passage, that comes out of the queue like any other
//	                   connection, and accept answers with the client's address
//	anybody else's     the program is given it (SECCOMP_IOCTL_NOTIF_ADDFD)
//	nothing said yet   gorun waits for the first bytes, and the program accepts the next one;
//	                   one that is the program's comes out of the queue once more
//
// So a connection that says nothing delays no other one. One that has said nothing for
// silentLimit the front passes on, whatever it says then: browsers open some in advance. On
// a port where the program speaks first, the next silent ones are the program's at once.
//
// A program that waits in a blocking accept serves everybody itself.
//
// What it costs is two answers a connection, as a program that is woken accepts until there
// is nothing, and Linux has no filter that could tell the second accept from the first. Each
// is a switch to gorun and back.
//
// Rejected: a proxy on a port of its own (kept for systems without kept ports, and for
// other programs: package front); to accept in gorun before the program does (a program that
// accepts no more would never be seen as full); to wait in accept for the first bytes, or
// to have the kernel do so (TCP_DEFER_ACCEPT: a second at least, for who speaks second); to
// hold back the answer that there is nothing until there is something (a program with one
// thread would stand still); to look at a connection when the program adds it to its epoll
// set, one answer instead of two (what gorun itself connects would come from this machine,
// and without pidfd_getfd nothing could be looked at).

// silentLimit is longer than a client on this machine takes from its connect to its first
// word, and hardly noticed by a person where the program has the first word.
const silentLimit = 50 * time.Millisecond

// firstWord is how long a program that speaks first may take to do so.
const firstWord = 5 * time.Second

// beginSize is how much of a connection's beginning is looked at. Browsers name themselves
// within the first few hundred bytes.
const beginSize = 4096

// ServeBrowsers has a front serve its clients from the next start on. The error says why
// that cannot be.
func (ps *Ports) ServeBrowsers(f Front) error {
	if errno := askWriteMemory.answer(); errno != 0 {
		return askWriteMemory.refused(errno)
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.front, ps.namespace = f, ownNamespace()
	ps.debug("ports: browsers have a front")
	return nil
}

// onAccept answers one accept(2) or accept4(2).
func (u *portUser) onAccept(n *notification, flags uint64) {
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	l := u.acceptsFrom(n)
	switch {
	case l == nil:
		u.notify.proceed(n)
		return
	case u.retiring:
		u.notify.answer(n, unix.EAGAIN)
		return
	}
	var silent *accepted // the newest, if it has said nothing yet
	end := time.Now().Add(spellLimit)
	for {
		c, err := acceptOne(l.fd)
		if err == unix.EINTR || err == unix.ECONNABORTED {
			continue
		}
		if err == unix.EAGAIN && silent != nil {
			said, other := awaitEither(silent.fd, l.fd, time.Until(end))
			if said {
				c, silent, err = *silent, nil, nil
			} else if other {
				continue
			}
		}
		if err != nil {
			u.ports.awaitLater(silent, l)
			u.notify.fail(n, err)
			return
		}
		switch u.sort(&c, l) {
		case theirs:
			u.ports.awaitLater(silent, l)
			u.give(n, c, flags)
			return
		case undecided:
			u.ports.awaitLater(silent, l)
			silent = &c
		}
	}
}

// spellLimit is how long an accept that would find nothing waits for the first word of the
// client that has just connected. Another client ends the waiting.
const spellLimit = 200 * time.Microsecond

// awaitEither waits until a client has said something, or the queue has another one.
func awaitEither(client, listener int, limit time.Duration) (said, other bool) {
	poll := []unix.PollFd{{Fd: int32(client), Events: unix.POLLIN}, {Fd: int32(listener), Events: unix.POLLIN}}
	timeout := unix.NsecToTimespec(int64(max(limit, 0)))
	_, err := unix.Ppoll(poll, &timeout, nil)
	return err == nil && poll[0].Revents != 0, err == nil && limit > 0 && poll[1].Revents != 0
}

// acceptsFrom returns the kept listener that a thread accepts from; nil if gorun does not
// do so in its place. The kernel finds no such file if the thread is another program's.
func (u *portUser) acceptsFrom(n *notification) *keptListener {
	var file unix.Stat_t
	path := "/proc/" + strconv.Itoa(u.pid) + "/task/" + strconv.Itoa(int(n.thread)) +
		"/fd/" + strconv.Itoa(int(int32(n.args[0])))
	if u.ports.front == nil || unix.Stat(path, &file) != nil || file.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return nil
	}
	for _, l := range u.ports.listeners {
		// gorun must be able to connect to it, and must not wait.
		if l.inode == file.Ino && l.kind.device == "" && l.kind.namespace == u.ports.namespace && nonblocking(l.fd) {
			return l
		}
	}
	return nil
}

// ownNamespace is the cookie of gorun's own network.
func ownNamespace() uint64 {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	cookie, _ := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	return cookie
}

func acceptOne(listener int) (c accepted, err error) {
	address := make([]byte, unix.SizeofSockaddrAny)
	size := uint32(len(address))
	fd, _, errno := unix.Syscall6(unix.SYS_ACCEPT4, uintptr(listener), uintptr(unsafe.Pointer(&address[0])),
		uintptr(unsafe.Pointer(&size)), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	if errno != 0 {
		return c, errno
	}
	return accepted{fd: int(fd), address: address[:size]}, nil
}

// Whose a connection is.
type whose int

const (
	theirs    whose = iota // the program's
	ours                   // gorun's; it is taken care of
	undecided              // that shows when there is more of it
)

// sort says whose a connection is that came out of the queue, or what that stands for. Called
// with mu held.
func (u *portUser) sort(c *accepted, l *keptListener) whose {
	peer, _ := parseAddr(c.address)
	if a := u.ports.arrivals.take(peer); a != nil {
		switch {
		case a.passage != nil:
			c.address, c.passage = a.passage.address, a.passage
		case a.client != nil:
			unix.Close(c.fd)
			*c = *a.client
		}
		if c.passage != nil && !c.passage.accepted(u.pid) {
			unix.Close(c.fd)
			return ours
		}
		return theirs
	}
	var begin [beginSize]byte
	size, _, err := unix.Recvfrom(c.fd, begin[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	switch {
	case err == unix.EAGAIN && !l.speaksFirst.Load():
		return undecided
	case err != nil || size == 0: // it has ended already, which is the program's to see
		return theirs
	}
	switch wants, sure := u.ports.front.Wants(begin[:size]); {
	case wants || !sure && size < beginSize:
		go u.ports.awaitFirst(*c, l) // which knows a browser at once
		return ours
	}
	return theirs
}

// give answers an accept with a connection. If the program does not get it, whoever
// accepts next does.
func (u *portUser) give(n *notification, c accepted, flags uint64) {
	err := error(unix.ENOENT)
	if u.notify.valid(n) { // else the thread does something else by now
		err = writePeer(n, c.address)
	}
	if err == nil && flags&unix.SOCK_NONBLOCK == 0 {
		err = unix.SetNonblock(c.fd, false)
	}
	if err == nil {
		err = u.notify.add(n, c.fd, uint32(flags)&unix.SOCK_CLOEXEC)
	}
	if err != nil {
		u.ports.debug("ports: %d was not given a connection: %v", u.pid, err)
		u.notify.fail(n, err)
		_ = unix.SetNonblock(c.fd, true)
		go u.ports.giveLater(c)
		return
	}
	if c.passage != nil {
		open := u.passages[:0]
		for _, p := range u.passages {
			if _, _, over := p.state(); !over {
				open = append(open, p)
			}
		}
		u.passages = append(open, c.passage)
	}
	unix.Close(c.fd)
}

// writePeer writes the address of a connection's other end to where an accept wants it.
func writePeer(n *notification, address []byte) error {
	if n.args[1] == 0 || n.args[2] == 0 {
		return nil
	}
	size, ok := readMemory(int(n.thread), n.args[2], 4)
	if !ok {
		return unix.EFAULT
	}
	room := min(len(address), int(binary.NativeEndian.Uint32(size)))
	binary.NativeEndian.PutUint32(size, uint32(len(address)))
	local := []unix.Iovec{{Base: &size[0], Len: 4}}
	remote := []unix.RemoteIovec{{Base: uintptr(n.args[2]), Len: 4}}
	if room > 0 { // a client that is gone has no address
		local = append(local, unix.Iovec{Base: &address[0], Len: uint64(room)})
		remote = append(remote, unix.RemoteIovec{Base: uintptr(n.args[1]), Len: room})
	}
	written, err := unix.ProcessVMWritev(int(n.thread), local, remote, 0)
	if err == nil && written < 4+room {
		return unix.EFAULT
	}
	return err
}

// awaitLater waits for a client's first word, if there is such a client. Nobody waits for it.
func (ps *Ports) awaitLater(c *accepted, l *keptListener) {
	if c != nil {
		go ps.awaitFirst(*c, l)
	}
}

// awaitFirst waits until it can be told whose a connection is.
func (ps *Ports) awaitFirst(c accepted, l *keptListener) {
	client := c.conn()
	if client == nil {
		return
	}
	_ = client.SetReadDeadline(time.Now().Add(silentLimit))
	wants, err := ps.frontWants(client)
	_ = client.SetReadDeadline(time.Time{})
	if wants || err != nil {
		ps.serveFront(client, c.address, l)
		return
	}
	if raw, rerr := client.SyscallConn(); rerr == nil {
		_ = raw.Control(func(fd uintptr) { c.fd, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 3) })
		client.Close()
		if err == nil {
			ps.giveLater(c)
		}
	}
}

// frontWants waits until it can be told whether a client is the front's. It reads nothing.
func (ps *Ports) frontWants(client *net.TCPConn) (wants bool, err error) {
	ps.mu.Lock()
	front := ps.front
	ps.mu.Unlock()
	raw, err := client.SyscallConn()
	if front == nil || err != nil {
		return false, err
	}
	var begin [beginSize]byte
	err = raw.Read(func(fd uintptr) bool {
		size, _, err := unix.Recvfrom(int(fd), begin[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		if err == unix.EAGAIN {
			return false
		}
		sure := true
		if err == nil && size > 0 {
			wants, sure = front.Wants(begin[:size])
		}
		return sure || size == len(begin)
	})
	return wants, err
}

// conn makes a connection of its descriptor, which it closes; nil if it is none any more.
func (c accepted) conn() *net.TCPConn {
	file := os.NewFile(uintptr(c.fd), "connection")
	defer file.Close()
	conn, _ := net.FileConn(file)
	tcp, _ := conn.(*net.TCPConn)
	return tcp
}

// serveFront has the front serve a client of this address, which has come by a listener, or
// by one that no program has.
func (ps *Ports) serveFront(client *net.TCPConn, address []byte, l *keptListener) {
	accepted := time.Now()
	ps.front.Serve(client, func(ctx context.Context) (*Passage, error) {
		p := &Passage{address: address}
		p.onFirst = func() {
			if l != nil && time.Since(accepted) < firstWord { // else it only tells a client that it is too slow
				l.speaksFirst.Store(true)
			}
		}
		a := &arrival{passage: p}
		p.forget = func() { ps.arrivals.forget(a) }
		conn, err := ps.arrivals.dial(ctx, "tcp", client.LocalAddr().String(), a)
		if err != nil {
			return nil, err
		}
		p.mu.Lock()
		p.Conn = conn
		p.mu.Unlock()
		return p, nil
	})
}

// retirePassages lets no further request begin to a program. Called with mu held.
func (u *portUser) retirePassages() {
	for _, p := range u.passages {
		p.retire()
	}
}

// passageOf returns the passage that a connection of the program's is the other end of, nil
// if it is none.
func (u *portUser) passageOf(fd int) *Passage {
	sa, err := unix.Getpeername(fd)
	if err != nil {
		return nil
	}
	peer := sockAddrPort(sa)
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	for _, p := range u.passages {
		if p.isFrom(peer.Port()) && isOwn(peer.Addr().WithZone("")) {
			return p
		}
	}
	return nil
}
