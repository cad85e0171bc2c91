//go:build amd64 || arm64

package exec

import (
	"bytes"
	"time"

	"golang.org/x/sys/unix"
)

// Draining: a program that accepts no more gets time to answer what it has
// accepted. gorun looks at its connections from outside, with TCP_INFO on a
// descriptor that it borrows for the moment (a duplicate that stayed open would
// put off the connection's end).
//
// What the bytes mean it cannot know, so what counts as idle is a judgement:
//
//	input unread, or output unsent   busy
//	received after it sent           busy: a request without its answer
//	neither yet                      idle after unusedQuiet
//	anything else                    idle after idleQuiet
//
// A busy client that keeps its connection (GET after GET) would never be idle.
// It is caught: its next request is made to wait until gorun has looked at it, a
// few milliseconds at most. If it is HTTP/1 in plain text and complete, the
// connection is held: no further request gets in. When the answer has come to an
// end it is shut down, as a server does that closes an idle connection. A request that crosses the end of its connection is sent
// again by every HTTP client, where it may be (RFC 9110, 9.2.2). Under TLS and in
// HTTP/2 an answer does not show; a busy connection of that kind is left to
// itself until the limit.
//
// Rejected: to wait for the end of all connections (every browser tab left open
// would cost the whole grace), and to wait for nothing (a server that handles
// no signal cuts its requests off).

const (
	// idleQuiet is longer than most requests take, and than most pauses within
	// an answer. It must be, even where the last word was the server's: that may
	// have been part of an answer, or a frame of HTTP/2; and a request within the
	// same tick of the kernel's clock (1 to 10 ms, CONFIG_HZ) as the answer before
	// does not show as the later one. The page that somebody looks at while
	// editing has been quiet for longer when the save comes.
	idleQuiet = 1500 * time.Millisecond
	// heldQuiet is longer than a pause between two writes of one answer.
	heldQuiet = 200 * time.Millisecond
	// unusedQuiet is for the first byte on a connection that was just accepted.
	// Browsers open some in advance and leave them unused.
	unusedQuiet = 250 * time.Millisecond
	// calmEnough is for a program that always computes, so that it is never seen
	// asleep: many times what a ready thread waits for a processor.
	calmEnough = 100 * time.Millisecond
	// drainLook is the pause between two looks.
	drainLook = 2 * time.Millisecond
)

// A connection is one that the program has accepted on a kept port, as it was
// when last looked at.
type connection struct {
	socket
	baited     bool   // the next request will wait for us
	lowat      int    // what the program had set
	held       bool   // a request is being answered, further ones are kept out
	sentBefore uint64 // when it was held

	received, sent uint64        // bytes
	sinceReceived  time.Duration // or since it was accepted
	sinceSent      time.Duration
	waiting        int // bytes unread, unsent or not acknowledged
}

// drain makes the program accept no more and waits until it has answered what it
// has accepted, or has ended, or the limit is over.
func (t *tenant) drain(exited <-chan struct{}, limit time.Duration) {
	if t == nil || t.in.file == nil || limit <= 0 {
		return
	}
	ports, _, err := t.closeDoor()
	if err != nil {
		t.ports.debug("ports: %d goes on accepting: %v", t.pid, err)
	}
	if len(ports) == 0 {
		return
	}
	begin := time.Now()
	known := make(map[uint64]*connection)
	defer t.letGo(known)
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
			t.ports.debug("ports: %d has open requests after %v", t.pid, limit)
			return
		}
		open := t.connections(ports, known)
		busy := 0
		for _, c := range open {
			if !c.idle(limit) {
				busy++
			}
		}
		switch {
		case busy > 0:
			calm, asleep = time.Time{}, false
		case asleep:
			t.ports.debug("ports: %d drained in %v", t.pid, time.Since(begin).Round(time.Millisecond))
			return
		case calm.IsZero():
			calm = time.Now()
			fallthrough
		default:
			// A thread may be on its way to accept what it was told about before
			// the door was closed. One more look when none can be.
			// Or on its way from bind to accept, if the program is that young.
			if asleep = allAsleep(t.pid) || time.Since(calm) > calmEnough; asleep {
				if _, found, err := t.closeDoor(); found > 0 && err == nil {
					calm, asleep = time.Time{}, false
				}
			}
		}
		pause.Reset(drainLook)
	}
}

// closeDoor stops the accepting, and returns the ports that the program
// listens on and how often it still waited for clients.
func (t *tenant) closeDoor() (ports map[uint16]bool, found int, err error) {
	t.ports.mu.Lock()
	defer t.ports.mu.Unlock()
	t.retiring = true
	if t.pidfd < 0 {
		return nil, 0, nil
	}
	ports = make(map[uint16]bool)
	var ls []*kept
	for _, l := range t.ports.held {
		if t.holds(l) {
			ports[l.port] = true
			ls = append(ls, l)
		}
	}
	found, err = t.stopAccepting(ls)
	return ports, found, err
}

// idle reports whether nothing is lost when the connection ends now.
func (c *connection) idle(limit time.Duration) bool {
	quiet := min(c.sinceReceived, c.sinceSent)
	switch {
	case c.waiting > 0 || c.held:
		return false
	case c.sent == 0 && c.received == 0:
		return quiet >= unusedQuiet // accepted a moment ago, or opened in advance
	case c.sinceReceived < c.sinceSent:
		// Of HTTP/2 or a websocket it may be a word that needs no answer.
		return quiet >= 3*limit
	}
	return quiet >= idleQuiet
}

// connections lists the program's connections on the ports, looked at again.
func (t *tenant) connections(ports map[uint16]bool, known map[uint64]*connection) (open []*connection) {
	for _, s := range sockets(t.pid) {
		c, seen := known[s.inode]
		if seen && c == nil {
			continue // another kind of socket
		}
		fd, ok := t.borrow(s)
		if !ok {
			continue
		}
		if !seen {
			if ports[localPort(fd)] && !isListening(fd) {
				c = &connection{socket: s}
			}
			known[s.inode] = c
		}
		if c != nil && c.look(fd) && !c.hangUp(fd) {
			open = append(open, c)
			switch {
			case c.baited && c.waiting > 0:
				c.bite(fd)
			case !c.baited && !c.held && c.received > 0 && c.waiting == 0:
				c.bait(fd)
			}
		}
		unix.Close(fd)
	}
	return open
}

// borrow duplicates one of the program's sockets, if it is still that.
func (t *tenant) borrow(s socket) (fd int, ok bool) {
	t.ports.mu.Lock()
	defer t.ports.mu.Unlock()
	if t.pidfd < 0 {
		return -1, false
	}
	fd, err := unix.PidfdGetfd(t.pidfd, s.fd, 0)
	if err != nil {
		return -1, false
	}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Ino != s.inode {
		unix.Close(fd)
		return -1, false
	}
	return fd, true
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

// look updates what is known, and reports whether the connection is open.
func (c *connection) look(fd int) bool {
	info, err := unix.GetsockoptTCPInfo(fd, unix.SOL_TCP, unix.TCP_INFO)
	if err != nil || info.State != unix.BPF_TCP_ESTABLISHED && info.State != unix.BPF_TCP_CLOSE_WAIT {
		return false
	}
	c.received, c.sent = info.Bytes_received, info.Bytes_sent
	c.sinceReceived = time.Duration(info.Last_data_recv) * time.Millisecond
	c.sinceSent = time.Duration(info.Last_data_sent) * time.Millisecond
	unread, _ := unix.IoctlGetInt(fd, unix.TIOCINQ)
	unsent, _ := unix.IoctlGetInt(fd, unix.TIOCOUTQ)
	c.waiting = unread + unsent
	return true
}

// bait makes the next request on a connection wait, unread, until the next look:
// the program is not told of fewer bytes than this (socket(7), SO_RCVLOWAT).
func (c *connection) bait(fd int) {
	if was, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT); err == nil {
		c.lowat = was
		c.baited = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, 1<<20) == nil
	}
}

// bite looks at what came, holds the connection if that is the whole of a request
// of HTTP/1 without a body, and lets the program have it.
func (c *connection) bite(fd int) {
	var buf [16 << 10]byte
	n, _, err := unix.Recvfrom(fd, buf[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	if err == nil && n > 0 && isRequest(buf[:n]) {
		c.hold(fd)
	}
	c.release(fd)
}

func (c *connection) release(fd int) {
	if c.baited {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, c.lowat)
		c.baited = false
	}
}

func isRequest(b []byte) bool {
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	lower := bytes.ToLower(b)
	return bytes.HasSuffix(line, []byte(" HTTP/1.1")) &&
		bytes.Index(b, []byte("\r\n\r\n")) == len(b)-4 &&
		!bytes.Contains(lower, []byte("\r\ncontent-length:")) &&
		!bytes.Contains(lower, []byte("\r\ntransfer-encoding:")) &&
		!bytes.Contains(lower, []byte("\r\nupgrade:"))
}

// hold keeps further requests out, unless one has come already. A filter that
// keeps one byte of each segment drops its payload and leaves its header, and so
// the acknowledgements, alone (socket(7), SO_ATTACH_FILTER). What is dropped is
// sent again.
func (c *connection) hold(fd int) {
	filter := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 1}
	if unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &filter}) != nil {
		return
	}
	received := c.received
	c.sentBefore = c.sent
	if c.held = c.look(fd) && c.received == received; !c.held {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
	}
}

// hangUp shuts down a connection that is held and has got all of its answer.
func (c *connection) hangUp(fd int) bool {
	if !c.held || c.waiting > 0 || c.sent == c.sentBefore || c.sinceSent < heldQuiet {
		return false
	}
	_ = unix.Shutdown(fd, unix.SHUT_RDWR)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
	c.held = false
	return true
}

// letGo lets requests in again where the drain was given up.
func (t *tenant) letGo(known map[uint64]*connection) {
	for _, c := range known {
		if c == nil || !c.held && !c.baited {
			continue
		}
		if fd, ok := t.borrow(c.socket); ok {
			c.release(fd)
			_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
			unix.Close(fd)
		}
	}
}
