//go:build amd64 || arm64

package exec

import (
	"time"

	"golang.org/x/sys/unix"
)

// Draining: a program that accepts no more gets time to answer what it has
// accepted. gorun inspects its connections from outside, with TCP_INFO on a
// descriptor that it duplicates for the moment (a duplicate that stayed open would
// delay the connection's end).
//
// What the bytes mean it cannot know, so what counts as idle is a judgement:
//
//	input unread, or output unsent   busy
//	received after it sent           busy: a request without its answer
//	neither yet                      idle, or after unusedQuiet if a thread may wait in read
//	anything else                    idle after idleQuiet
//
// A client that asks again and again on its connection would never be idle. Its
// next request is made to wait, unread, until gorun has examined it, a few
// milliseconds at most. If it is one of HTTP/1 in plain text, gorun takes it out of
// the old version's hands and has the next one answer it (laterequest_linux.go).
// Under TLS and in HTTP/2 a request does not show; a busy connection of that kind is
// left to itself until the limit.
//
// Rejected: to wait for the end of all connections (every browser tab left open
// would cost the whole grace); to wait for nothing (a server that handles no
// signal cuts its requests off); and to keep requests out by a socket filter
// while the last answer is under way (SO_ATTACH_FILTER on a TCP socket takes
// CAP_NET_ADMIN since the kernels of 2026, commit 5d39580f68e6; and a connection
// that is shut down under a client that has asked is an error to many clients).

const (
	// idleQuiet is longer than most requests take, and than most pauses within
	// an answer. It must be, even where the last word was the server's: that may
	// have been part of an answer, or a frame of HTTP/2; and a request within the
	// same tick of the kernel's clock (1 to 10 ms, CONFIG_HZ) as the answer before
	// does not show as the later one. The page that somebody looks at while
	// editing has been quiet for longer when the save comes.
	idleQuiet = 1500 * time.Millisecond
	// unusedQuiet is for the first byte on a connection that was just accepted.
	// Browsers open some in advance and leave them unused.
	unusedQuiet = 250 * time.Millisecond
	// calmEnough is for a program that always computes, so that it is never seen
	// asleep: many times what a ready thread waits for a processor.
	calmEnough = 100 * time.Millisecond
	// drainPause is the pause between two inspections of all connections.
	drainPause = 2 * time.Millisecond
)

// A connection is one that the program has accepted on a kept port, as it was
// at the last inspection.
type connection struct {
	socket
	user     *portUser
	passage  *Passage // of a front, or nil
	heldBack          // the next request, which gorun examines first

	received, sent uint64        // bytes
	sinceReceived  time.Duration // or since it was accepted
	sinceSent      time.Duration
	unread, unsent int // bytes; unsent is also what is not acknowledged
}

// drain makes the program accept no more and waits until it has answered what it
// has accepted, or has ended, or the limit is over.
func (u *portUser) drain(exited <-chan struct{}, limit time.Duration) {
	if u == nil || u.notify.file == nil || limit <= 0 {
		return
	}
	ports, _, err := u.stopAcceptingAll()
	if err != nil {
		u.ports.debug("ports: %d goes on accepting: %v", u.pid, err)
	}
	if len(ports) == 0 {
		return
	}
	begin := time.Now()
	known := make(map[uint64]*connection)
	var unused []*unusedConn
	defer func() {
		unused = append(unused, u.takeOverUnused(known)...)
		go u.interceptUntilExit(exited, ports, known, unused)
	}()
	pause := time.NewTimer(0)
	defer pause.Stop()
	var calm time.Time // since when nothing is busy
	for asleep := false; ; {
		select {
		case <-exited:
			return
		case <-pause.C:
		}
		if time.Since(begin) > limit {
			u.ports.debug("ports: %d has open requests after %v", u.pid, limit)
			return
		}
		busy := u.busy(ports, known, limit)
		if busy == 0 && asleep {
			// A first word may have come meanwhile.
			unused = append(unused, u.takeOverUnused(known)...)
			busy = u.busy(ports, known, limit)
		}
		switch {
		case busy > 0:
			calm, asleep = time.Time{}, false
		case asleep:
			u.ports.debug("ports: %d drained in %v", u.pid, time.Since(begin).Round(time.Millisecond))
			return
		case calm.IsZero():
			calm = time.Now()
			fallthrough
		default:
			// A thread may be on its way to accept what epoll reported before
			// its listeners left the epoll sets, or on its way from bind to
			// accept, if the program is that young. So once more, when no
			// thread can be.
			if asleep = allAsleep(u.pid) || time.Since(calm) > calmEnough; asleep {
				if _, found, err := u.stopAcceptingAll(); found > 0 && err == nil {
					calm, asleep = time.Time{}, false
				}
			}
		}
		pause.Reset(drainPause)
	}
}

// busy inspects the program's connections and returns how many may be waiting for an
// answer.
func (u *portUser) busy(ports map[uint16]bool, known map[uint64]*connection, limit time.Duration) int {
	open, busy := u.connections(ports, known)
	for _, c := range open {
		if !c.idle(limit) {
			busy++
		}
	}
	return busy
}

// interceptUntilExit goes on taking over late requests, on connections that were
// idle, until the program has ended.
func (u *portUser) interceptUntilExit(exited <-chan struct{}, ports map[uint16]bool, known map[uint64]*connection,
	unused []*unusedConn) {
	again := time.NewTicker(drainPause)
	defer again.Stop()
	waits := time.NewTimer(unusedSignalled)
	defer waits.Stop()
	for {
		select {
		case <-exited:
			return
		case <-waits.C:
			for _, t := range unused {
				u.endUnused(t)
			}
		case <-again.C:
			u.connections(ports, known)
		}
	}
}

// stopAcceptingAll keeps the program from accepting on all its kept listeners. It
// returns their ports and how many entries for them its epoll sets still had.
func (u *portUser) stopAcceptingAll() (ports map[uint16]bool, found int, err error) {
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	u.retiring = true
	u.retirePassages()
	if u.pidfd < 0 {
		return nil, 0, nil
	}
	ports = make(map[uint16]bool)
	var targets []epollTarget
	for _, l := range u.ports.listeners {
		if u.hasOpen(l) {
			ports[l.port] = true
			targets = append(targets, epollTarget{l.inode, l.fd})
		}
	}
	found, err = u.removeFromEpoll(targets)
	return ports, found, err
}

// idle reports whether nothing is lost when the connection ends now.
func (c *connection) idle(limit time.Duration) bool {
	quiet := min(c.sinceReceived, c.sinceSent)
	if c.passage != nil {
		if busy, begins, _ := c.passage.state(); begins || !busy {
			return !busy
		}
	}
	switch {
	case c.unread+c.unsent > 0:
		return false
	case c.sent == 0 && c.received == 0:
		// Accepted a moment ago, or opened in advance. If its first request is held
		// back, gorun takes it over.
		return !c.since.IsZero() || quiet >= unusedQuiet
	case c.sinceReceived < c.sinceSent, c.sent == 0:
		// Of HTTP/2 or a websocket it may be a word that needs no answer.
		return quiet >= 3*limit
	}
	return quiet >= idleQuiet
}

// connections inspects the program's connections on the ports and lists those that
// are open. Unknown is how many of its sockets could not be inspected this time.
func (u *portUser) connections(ports map[uint16]bool, known map[uint64]*connection) (
	open []*connection, unknown int) {
	list := sockets(u.pid)
	unknown = u.fetchNew(list, known)
	for _, s := range list {
		c, seen := known[s.inode]
		if seen && c == nil {
			continue // another kind of socket, or taken over
		}
		fd, ok := u.duplicateSocket(s)
		if !ok {
			continue
		}
		if !seen {
			if ports[localPort(fd)] && !isListening(fd) {
				c = &connection{socket: s, user: u, passage: u.passageOf(fd)}
			}
			known[s.inode] = c
		}
		if c != nil && c.update(fd) {
			if c.interceptLate(fd) {
				known[s.inode] = nil
				continue
			}
			open = append(open, c)
		}
		unix.Close(fd)
	}
	return open, unknown
}

func localPort(fd int) uint16 {
	switch sa, _ := unix.Getsockname(fd); sa := sa.(type) {
	case *unix.SockaddrInet4:
		return uint16(sa.Port)
	case *unix.SockaddrInet6:
		return uint16(sa.Port)
	}
	return 0
}

func isListening(fd int) bool {
	v, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return err != nil || v != 0
}

// update renews what is known, and reports whether the connection is open.
func (c *connection) update(fd int) bool {
	info, err := unix.GetsockoptTCPInfo(fd, unix.SOL_TCP, unix.TCP_INFO)
	if err != nil || info.State != unix.BPF_TCP_ESTABLISHED && info.State != unix.BPF_TCP_CLOSE_WAIT {
		return false
	}
	c.received, c.sent = info.Bytes_received, info.Bytes_sent
	c.sinceReceived = time.Duration(info.Last_data_recv) * time.Millisecond
	c.sinceSent = time.Duration(info.Last_data_sent) * time.Millisecond
	c.unread, _ = unix.IoctlGetInt(fd, unix.TIOCINQ)
	c.unsent, _ = unix.IoctlGetInt(fd, unix.TIOCOUTQ)
	return true
}
