//go:build amd64 || arm64

package exec

import (
	"bytes"
	"cmp"
	"io"
	"math"
	"net"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Late requests are those that come to a program that is to stop, on a connection that
// it has accepted before. Its epoll does not report them: the kernel reports input only
// from as many bytes on as gorun sets (socket(7), SO_RCVLOWAT).
//
// A request that has begun and of which the program has read nothing belongs to nobody
// yet. gorun takes the connection over: it reads the head, however slowly that comes,
// writes into it that it is the last one ("Connection: close"), gives it to whoever
// listens now, and passes on what the two say, bodies of any kind and "100 Continue"
// included. To the client it is a server that shuts down gracefully: it has an answer,
// the end of the connection is announced in it, and nothing was done twice. So gorun is
// a proxy for one request at the end of a connection's life; the program sees that
// request come from this machine.
//
// A program that has a part of a request cannot be kept from the rest; but its answer
// waits until the next request is certain to be held back (tcp(7), TCP_CORK): a client
// asks again within some ten microseconds of an answer, long before gorun sees it.
//
// A connection on which nothing was said yet gorun takes over as it is, before the
// program ends, and waits for the client's first word (unusedconn_linux.go). What is not
// HTTP/1, or more than one request, is left to the program.
//
// Rejected: to end the connection under the request. Clients send it again where
// that is safe (RFC 9110, 9.2.2) and where they know how; many report an error.

const (
	lateBytes  = 64 << 10               // a request's head, or as much of a request as is read at first
	latePause  = 100 * time.Millisecond // within the first line, of what may be any protocol
	lateMethod = time.Second            // the same where it begins like HTTP
	lateQuiet  = 20 * time.Millisecond  // longer than a pause within a request, mostly
	lateDial   = 30 * time.Second       // for the new version's listener, and for the head of a request
	lateLowat  = 1 << 20                // bytes; the kernel caps it at half the largest receive buffer
)

var lateMethods = []string{"GET", "POST", "PUT", "HEAD", "PATCH", "DELETE", "OPTIONS"}

// heldBack is what is known about a connection's next request, which the program
// does not hear of until gorun has examined it.
type heldBack struct {
	since        time.Time // since when the next request is held back; zero if it is not
	programLowat int       // SO_RCVLOWAT as the program had set it
	sentBefore   uint64    // bytes that the program had sent by then
	readBefore   uint64    // bytes that it had read by then
	lastWord     int       // who sent last: 1 the program, -1 the client, 0 the clock cannot tell
	seen         time.Time // when the request was first seen
	blocking     bool      // a thread of the program may be waiting in read(2): nothing can be held back

	corked     bool   // an answer's end does not leave the kernel
	corkedSent uint64 // bytes that the program had sent before
}

// interceptLate begins to hold back the connection's next request, or examines the
// one that has come. It reports whether the connection is gorun's now, and its
// descriptor fd with it.
func (c *connection) interceptLate(fd int) (taken bool) {
	switch {
	case c.blocking, c.passage != nil: // a front sends no request to who is to end
		return false
	case c.since.IsZero():
		if c.unread == 0 && (c.corked || c.unsent == 0) {
			c.holdBack(fd)
		} else {
			c.cork(fd)
		}
		return false
	case c.unread == 0:
		return false
	case c.seen.IsZero():
		c.seen = time.Now()
	}
	var buf [lateBytes]byte
	n, _, err := unix.Recvfrom(fd, buf[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	if err != nil || n == 0 {
		c.letThrough(fd)
		return false
	}
	patience := latePause
	if method, _, ok := bytes.Cut(buf[:n], []byte(" ")); ok && slices.Contains(lateMethods, string(method)) {
		patience = lateMethod
	}
	switch requestBeginning(buf[:n]) {
	case begun:
		switch begins, certain := c.begins(); {
		case begins && c.unsent == 0:
			return c.takeOver(fd, n)
		case !certain:
			return false
		}
	case unfinished:
		if time.Since(c.seen) < patience {
			return false
		}
	}
	c.letThrough(fd)
	return false
}

// begins reports whether what came is the beginning of a request, neither the
// rest of one nor one that has not waited for the answer to the one before.
// Where the clock cannot tell who had the last word that is not certain at first.
func (c *connection) begins() (begins, certain bool) {
	// The end of the client's side counts as a byte that was received.
	if c.received > c.readBefore+uint64(c.unread)+1 {
		return false, true // the program has read a part of it
	}
	if c.readBefore == 0 {
		// The first request of all. A thread may be on its way from accept to its
		// first read, which asks no epoll set; it would get what comes next.
		calm := time.Since(c.since) > calmEnough || allAsleep(c.user.pid)
		return calm, calm
	}
	if c.sent > c.sentBefore || c.lastWord > 0 {
		return true, true
	}
	quiet := time.Since(c.since) > lateQuiet
	return c.lastWord == 0 && quiet, c.lastWord < 0 || quiet
}

// holdBack makes the kernel keep quiet about the connection's next request: with
// SO_RCVLOWAT this high, epoll does not report that few bytes.
func (c *connection) holdBack(fd int) {
	if !nonblocking(fd) {
		c.blocking = true
		return
	}
	was, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT)
	if err != nil || unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, lateLowat) != nil {
		return
	}
	held := heldBack{
		since: time.Now(), programLowat: was, sentBefore: c.sent, readBefore: c.received,
		lastWord: cmp.Compare(c.sinceReceived, c.sinceSent),
	}
	if c.corked {
		// What the program sends from then on is an answer.
		held.sentBefore, held.lastWord = c.corkedSent, -1
		_ = unix.SetsockoptInt(fd, unix.SOL_TCP, unix.TCP_CORK, 0)
	}
	c.heldBack = held
}

// cork keeps the end of the program's next answer in the kernel, for at most 200 ms.
func (c *connection) cork(fd int) {
	if c.corked {
		return
	}
	was, err := unix.GetsockoptInt(fd, unix.SOL_TCP, unix.TCP_CORK)
	if err == nil && was == 0 && unix.SetsockoptInt(fd, unix.SOL_TCP, unix.TCP_CORK, 1) == nil {
		c.corked, c.corkedSent = true, c.sent
	}
}

// letThrough lets the program have the request: the kernel tells it that there is
// input.
func (c *connection) letThrough(fd int) {
	lowat := c.programLowat
	c.heldBack = heldBack{}
	c.cork(fd)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, lowat)
}

// takeOver reads the n bytes that have come of a request, unless the program was
// faster, and passes the request on.
func (c *connection) takeOver(fd, n int) bool {
	buf := make([]byte, n)
	got, _, err := unix.Recvfrom(fd, buf, unix.MSG_DONTWAIT)
	if err != nil {
		c.letThrough(fd)
		return false
	}
	c.user.ignore(c.inode, fd)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, 1) // for gorun's own reading
	file := os.NewFile(uintptr(fd), "connection")
	defer file.Close()
	client, err := net.FileConn(file)
	switch {
	case err != nil:
		_ = unix.Shutdown(fd, unix.SHUT_RDWR)
	case got != n: // the program has the beginning
		client.(*net.TCPConn).CloseWrite()
		client.Close()
	default:
		go forwardRequest(client.(*net.TCPConn), client, buf)
	}
	return true
}

// ignore takes a connection out of the program's epoll sets: it is not to read what is
// for gorun.
func (u *portUser) ignore(inode uint64, fd int) {
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if u.pidfd >= 0 {
		_, _ = u.removeFromEpoll([]epollTarget{{inode, fd}})
	}
}

// forwardRequest has one request answered and ends the client's connection. Of the
// request some bytes have been read; the rest comes from in.
func forwardRequest(client *net.TCPConn, in io.Reader, begun []byte) {
	defer client.Close()
	// The program that was has a descriptor of it, too, so a close is no end.
	defer client.CloseWrite()
	_ = client.SetReadDeadline(time.Now().Add(lateDial))
	head, body, ok := bytes.Cut(begun, []byte("\r\n\r\n"))
	for !ok && len(begun) < lateBytes {
		more := make([]byte, lateBytes-len(begun))
		n, err := in.Read(more)
		begun = append(begun, more[:n]...)
		if head, body, ok = bytes.Cut(begun, []byte("\r\n\r\n")); !ok && err != nil {
			return // the client has given up
		}
	}
	_ = client.SetReadDeadline(time.Time{})
	if ok {
		begun = slices.Concat(lastHead(head), body)
	}
	forward(client, in, begun)
}

// forward passes on a connection to the new version, with the bytes that have been read
// of it first.
func forward(client *net.TCPConn, in io.Reader, begun []byte) {
	dialer := net.Dialer{Timeout: lateDial}
	if from, ok := client.RemoteAddr().(*net.TCPAddr); ok && from.IP.IsLoopback() {
		dialer.LocalAddr = &net.TCPAddr{IP: from.IP, Zone: from.Zone}
	}
	conn, err := dialer.Dial("tcp", client.LocalAddr().String())
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer server.Close()
	if _, err := server.Write(begun); err != nil {
		return
	}
	go func() {
		if _, err := io.Copy(server, in); err != nil {
			server.Close()
		} else {
			_ = server.CloseWrite()
		}
	}()
	_, _ = io.Copy(client, server)
}

// A requestState is what the first bytes of a request look like.
type requestState int

const (
	begun      requestState = iota // a request of HTTP/1, at least its first line
	unfinished                     // perhaps the beginning of one
	foreign                        // not HTTP/1, or more than one request
)

// requestBeginning says what b is.
func requestBeginning(b []byte) requestState {
	method, rest, _ := bytes.Cut(b, []byte(" "))
	noLetter := func(r rune) bool { return r < 'A' || r > 'Z' }
	if len(method) == 0 || len(method) > 20 || bytes.ContainsFunc(method, noLetter) {
		return foreign
	}
	line, _, ok := bytes.Cut(b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	switch {
	case !ok && len(b) == lateBytes:
		return foreign
	case !ok || len(rest) == 0:
		return unfinished
	case !bytes.HasSuffix(line, []byte(" HTTP/1.1")) && !bytes.HasSuffix(line, []byte(" HTTP/1.0")):
		return foreign
	}
	head, body, ok := bytes.Cut(b, []byte("\r\n\r\n"))
	if ok && len(body) > 0 && len(body) > contentLength(head) {
		return foreign
	}
	return begun
}

// contentLength returns how long a request's body may be, by its head.
func contentLength(head []byte) int {
	for field := range headFields(head) {
		switch name, value := field.split(); name {
		case "upgrade", "transfer-encoding":
			return math.MaxInt
		case "content-length":
			n, ok := number(value)
			if !ok {
				return math.MaxInt // too long for gorun to count, or the server's business
			}
			return n
		}
	}
	return 0
}

// lastHead returns a head with the word that its request is the connection's last; one
// that asks to go on in another protocol as it is.
func lastHead(head []byte) []byte {
	line, _, _ := bytes.Cut(head, []byte("\r\n"))
	out := append(bytes.Clone(line), "\r\nConnection: close\r\n"...)
	for field := range headFields(head) {
		switch name, _ := field.split(); name {
		case "connection", "keep-alive":
			continue
		case "upgrade":
			return slices.Concat(head, []byte("\r\n\r\n"))
		}
		out = append(append(out, field...), "\r\n"...)
	}
	if bytes.HasPrefix(head, []byte("CONNECT ")) {
		return slices.Concat(head, []byte("\r\n\r\n"))
	}
	return append(out, "\r\n"...)
}

// A headField is one line of a head.
type headField []byte

func (f headField) split() (name string, value []byte) {
	before, value, _ := bytes.Cut(f, []byte(":"))
	return string(bytes.ToLower(before)), bytes.TrimSpace(value)
}

// headFields calls yield with the lines of a head after the first.
func headFields(head []byte) func(yield func(headField) bool) {
	return func(yield func(headField) bool) {
		_, fields, more := bytes.Cut(head, []byte("\r\n"))
		for more {
			var field []byte
			if field, fields, more = bytes.Cut(fields, []byte("\r\n")); !yield(field) {
				return
			}
		}
	}
}

// number reads a decimal number of at most nine digits.
func number(b []byte) (n int, ok bool) {
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = 10*n + int(d-'0')
	}
	return n, len(b) > 0 && len(b) < 10
}
