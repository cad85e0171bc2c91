//go:build amd64 || arm64

package exec

import (
	"bytes"
	"cmp"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Late requests are those that come to a program that is to stop, on a connection
// on which it has answered before. Its epoll does not report them: the kernel
// reports input only from as many bytes on as gorun sets (socket(7), SO_RCVLOWAT).
//
// A request that lies there, unread and complete, belongs to nobody yet. gorun
// takes it out of the connection, writes into it that it is the last one
// ("Connection: close"), gives it to whoever listens now, and that one's answer
// to the client. To the client it is a server that shuts down gracefully: it has
// an answer, the end of the connection is announced in it, and nothing was done
// twice. So gorun is a proxy, for one request at the end of a connection's life;
// the program sees that request come from this machine.
//
// What is not HTTP/1, is not complete soon, or asks to go on in another protocol
// is left to the program.
//
// Rejected: to end the connection under the request. Clients send it again where
// that is safe (RFC 9110, 9.2.2) and where they know how; many report an error.

const (
	lateBytes    = 64 << 10               // a request with its body; more is left to the program
	latePatience = 100 * time.Millisecond // for the rest of a request
	lateQuiet    = 20 * time.Millisecond  // longer than a pause within a request, mostly
	lateDial     = 30 * time.Second       // for the new version's listener
	lateLowat    = 1 << 20                // bytes; the kernel caps it at half the largest receive buffer
)

// heldBack is what is known about a connection's next request, which the program
// does not hear of until gorun has examined it.
type heldBack struct {
	since        time.Time // since when the next request is held back; zero if it is not
	programLowat int       // SO_RCVLOWAT as the program had set it
	sentBefore   uint64    // bytes that the program had sent by then
	lastWord     int       // who sent last: 1 the program, -1 the client, 0 the clock cannot tell
	seen         time.Time // when the request was first seen
	blocking     bool      // a thread of the program may be waiting in read(2): nothing can be held back
}

// interceptLate begins to hold back the connection's next request, or examines the
// one that has come. It reports whether the connection is gorun's now, and its
// descriptor fd with it.
func (c *connection) interceptLate(fd int) (taken bool) {
	switch {
	case c.blocking:
		return false
	case c.since.IsZero():
		if c.received > 0 && c.unread+c.unsent == 0 {
			c.holdBack(fd)
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
	request, state := lastRequest(buf[:n])
	switch {
	case state == whole && !c.begins():
	case state == whole && c.unsent == 0:
		return c.takeOver(fd, n, request)
	case state <= partial && time.Since(c.seen) < latePatience:
		return false
	}
	c.letThrough(fd)
	return false
}

// begins reports whether what came is the beginning of a request, neither the
// rest of one nor one that has not waited for the answer to the one before.
func (c *connection) begins() bool {
	return c.sent > c.sentBefore || c.lastWord > 0 || c.lastWord == 0 && c.seen.Sub(c.since) > lateQuiet
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
	c.heldBack = heldBack{
		since: time.Now(), programLowat: was, sentBefore: c.sent,
		lastWord: cmp.Compare(c.sinceReceived, c.sinceSent),
	}
}

// letThrough lets the program have the request: the kernel tells it that there is
// input.
func (c *connection) letThrough(fd int) {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, c.programLowat)
	c.heldBack = heldBack{}
}

// takeOver reads the n bytes of a request, unless the program was faster, and passes
// the request on.
func (c *connection) takeOver(fd, n int, request []byte) bool {
	buf := make([]byte, n)
	got, _, err := unix.Recvfrom(fd, buf, unix.MSG_DONTWAIT)
	if err != nil {
		c.letThrough(fd)
		return false
	}
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
		go forwardRequest(client, request)
	}
	return true
}

// forwardRequest has one request answered and ends the client's connection.
func forwardRequest(client net.Conn, request []byte) {
	defer client.Close()
	// The program that was has a descriptor of it, too, so a close is no end.
	defer client.(*net.TCPConn).CloseWrite()
	dialer := net.Dialer{Timeout: lateDial}
	if from, ok := client.RemoteAddr().(*net.TCPAddr); ok && from.IP.IsLoopback() {
		dialer.LocalAddr = &net.TCPAddr{IP: from.IP, Zone: from.Zone}
	}
	server, err := dialer.Dial("tcp", client.LocalAddr().String())
	if err != nil {
		return
	}
	defer server.Close()
	if _, err := server.Write(request); err != nil {
		return
	}
	go func() {
		// Nothing more comes from the client but its end.
		_, _ = io.Copy(io.Discard, client)
		server.Close()
	}()
	_, _ = io.Copy(client, server)
}

// A requestState is what some bytes of a connection look like.
type requestState int

const (
	whole   requestState = iota // one request of HTTP/1
	partial                     // the beginning of one
	passing                     // more than one, or one that gorun does not pass on
	foreign                     // not HTTP/1
)

// lastRequest says what b is. If it is one request it returns that with the word
// that it is the connection's last.
func lastRequest(b []byte) ([]byte, requestState) {
	method, rest, _ := bytes.Cut(b, []byte(" "))
	noLetter := func(r rune) bool { return r < 'A' || r > 'Z' }
	if len(method) == 0 || len(method) > 20 || bytes.ContainsFunc(method, noLetter) {
		return nil, foreign
	}
	head, body, ok := bytes.Cut(b, []byte("\r\n\r\n"))
	line, fields, _ := bytes.Cut(head, []byte("\r\n"))
	switch {
	case !ok && len(b) == lateBytes:
		return nil, passing
	case !ok && (len(rest) == 0 || !bytes.Contains(b, []byte("\n")) || bytes.Contains(line, []byte(" HTTP/1."))):
		return nil, partial
	case !bytes.HasSuffix(line, []byte(" HTTP/1.1")) && !bytes.HasSuffix(line, []byte(" HTTP/1.0")):
		return nil, foreign
	case string(method) == "CONNECT":
		return nil, passing
	}
	out := append(bytes.Clone(line), "\r\nConnection: close\r\n"...)
	length := 0
	if len(fields) > 0 {
		fields = append(bytes.Clone(fields), "\r\n"...)
	}
	for field := range bytes.Lines(fields) {
		name, value, _ := bytes.Cut(field, []byte(":"))
		value = bytes.TrimSpace(value)
		switch string(bytes.ToLower(name)) {
		case "connection", "keep-alive":
			continue
		case "upgrade", "transfer-encoding", "expect":
			return nil, passing
		case "content-length":
			n, ok := number(value)
			if !ok || n > lateBytes {
				return nil, passing
			}
			length = n
		}
		out = append(out, field...)
	}
	switch {
	case len(body) < length:
		return nil, partial
	case len(body) > length:
		return nil, passing
	}
	return append(append(out, "\r\n"...), body...), whole
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
