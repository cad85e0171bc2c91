package front

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorun-dev/gorun/exec"
)

// A client is one connection of a browser's, with the passage on which its requests go on to
// the program: one each, as without gorun. When a version ends, the next request of the client
// goes to the next version, on another passage, and the client hears nothing of it.
type client struct {
	front *Front
	conn  net.Conn
	in    *bufio.Reader
	open  exec.OpenPassage
	up    *upstream // nil if there is none
}

// An upstream is a passage with who reads it.
type upstream struct {
	*exec.Passage
	in    *bufio.Reader
	first chan error // one value when something has come, or nothing will; anew for each answer
}

const (
	// silence is how long a client that is known to have said something may take to be heard.
	silence = 10 * time.Millisecond
	// openLimit is how long the program may take to accept, starting included.
	openLimit = time.Minute
)

// Serve serves one client.
func (f *Front) Serve(conn net.Conn, open exec.OpenPassage) {
	c := &client{front: f, conn: conn, in: bufio.NewReaderSize(conn, copySize), open: open}
	defer c.close()
	if !c.hears() && !c.awaitFirst() {
		return
	}
	for c.serveOne() {
	}
}

func (c *client) close() {
	c.dropUpstream()
	c.conn.Close()
}

func (c *client) dropUpstream() {
	if c.up != nil {
		c.up.Close()
		c.up = nil
	}
}

// hears reports whether the client has said something.
func (c *client) hears() bool {
	_ = c.conn.SetReadDeadline(time.Now().Add(silence))
	_, err := c.in.Peek(1)
	_ = c.conn.SetReadDeadline(time.Time{})
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// awaitFirst waits for the first word of a client that has said nothing. It is false if the
// program had it, and everything was passed on.
func (c *client) awaitFirst() bool {
	if err := c.openUpstream(); err != nil {
		return false
	}
	said := make(chan error, 1) // one value
	go func() {
		_, err := c.in.Peek(1)
		said <- err
	}()
	select {
	case err := <-said:
		return err == nil
	case <-c.up.first:
		if c.up.Retired() {
			return <-said == nil
		}
		c.up.Begin()
		c.pipe(said, nil)
		return false
	}
}

// pipe passes on what client and program say, as it is. Neither is read before its channel
// has a value, if there is one.
func (c *client) pipe(client, program <-chan error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if client != nil {
			<-client
		}
		_, _ = io.Copy(c.up.Passage, c.in)
		_ = c.up.CloseWrite()
	}()
	if program != nil {
		<-program
	}
	_, _ = io.Copy(c.conn, c.up.in)
	closeWrite(c.conn)
	<-done
}

func closeWrite(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
}

// openUpstream makes a new passage.
func (c *client) openUpstream() error {
	c.dropUpstream()
	ctx, cancel := context.WithTimeout(context.Background(), openLimit)
	defer cancel()
	p, err := c.open(ctx)
	if err != nil {
		return err
	}
	c.up = &upstream{Passage: p, in: bufio.NewReaderSize(p, copySize), first: make(chan error, 1)}
	c.up.await()
	return nil
}

// await begins to wait for what the program says next.
func (u *upstream) await() {
	first := make(chan error, 1)
	u.first = first
	go func() {
		_, err := u.in.Peek(1)
		first <- err
	}()
}

// begin makes sure that there is a passage to a version that is not to end, and that nothing
// has come on it. It reports whether that is a new one.
func (c *client) begin() (fresh bool, err error) {
	if c.up != nil {
		select {
		case <-c.up.first: // the program has closed it, or says something unasked
		default:
			if c.up.Begin() {
				return false, nil
			}
		}
	}
	for range opensMost {
		if err := c.openUpstream(); err != nil {
			return true, err
		}
		if c.up.Begin() {
			return true, nil
		}
	}
	return true, errors.New("each version ends at once")
}

// opensMost bounds the passages that are made for one request: each is accepted by a version
// that is told to end in that moment.
const opensMost = 100

// An exchange is one request on its way.
type exchange struct {
	request
	navigation bool
	page       int     // the program that serves when it is sent
	body       framing // of the request
	up         atomic.Pointer[upstream]
	sent       chan error    // one value when the body was sent and the client says more, or has ended
	answered   chan struct{} // closed when the answer is over
}

// serveOne serves one request, and reports whether another one may come.
func (c *client) serveOne() bool {
	h, err := readHead(c.in)
	r, ok := asRequest(h)
	body, framed := h.framing(false)
	switch {
	case err != nil && !errors.Is(err, errForeign):
		return false
	case err != nil || !ok || !framed:
		c.passOn(h.raw)
		return false
	case strings.HasPrefix(r.path, ownPrefix):
		return c.serveOwnPath(r, body)
	}
	x := &exchange{request: r, body: body, navigation: r.isNavigation()}
	if host := r.get("Host"); x.navigation && !isLocalHost(host) {
		x.navigation = false
		c.front.sayForeign(host)
	}
	if x.navigation {
		now := c.front.now()
		if down := now.down(); down != nil {
			return c.unavailable(x, down)
		}
	}
	return c.exchange(x)
}

// passOn passes on what is not HTTP/1 as it is.
func (c *client) passOn(read []byte) {
	if _, err := c.begin(); err != nil {
		return
	}
	if _, err := c.up.Write(read); err != nil {
		return
	}
	c.pipe(nil, c.up.first)
}

// exchange sends a request and its answer.
func (c *client) exchange(x *exchange) bool {
	again := x.body.isEmpty() && (x.method == "GET" || x.method == "HEAD")
	for {
		fresh, err := c.begin()
		if err != nil {
			return c.unavailable(x, nil)
		}
		x.page = c.front.now().ready
		x.up.Store(c.up)
		_, err = c.up.Write(x.toProgram())
		if err == nil && x.sent == nil {
			c.sendBody(x)
		}
		if err == nil {
			err = <-c.up.first
		}
		if err == nil {
			return c.answer(x)
		}
		// The program has closed the connection, on which it has said nothing. It may do so
		// with one that nobody uses, in the moment in which a request comes.
		c.dropUpstream()
		if fresh || !again {
			c.stopSending(x)
			return c.unavailable(x, nil)
		}
	}
}

// toProgram is the head as the program gets it. A document must come as it is, and come at
// all: one in the browser's cache may have no script.
func (x *exchange) toProgram() []byte {
	if !x.navigation {
		return x.raw
	}
	h := x.head
	h.change(func(name, _, field string) string {
		switch name {
		case "accept-encoding", "if-none-match", "if-modified-since":
			return ""
		}
		return field
	})
	h.fields = append(h.fields, "Accept-Encoding: identity")
	return h.bytes()
}

// sendBody sends a request's body while its answer comes, and then waits for what the client
// says next. That it has ended the program is to know: it may give up the answer.
func (c *client) sendBody(x *exchange) {
	x.sent, x.answered = make(chan error, 1), make(chan struct{})
	go func() {
		err := copyBody(x.up.Load().Passage, c.in, x.body, nil)
		if err == nil {
			if _, err = c.in.Peek(1); err == io.EOF {
				select {
				case <-x.answered:
				default:
					_ = x.up.Load().CloseWrite()
				}
			} else if err != nil {
				x.up.Load().Close()
			}
		}
		x.sent <- err
	}()
}

// stopSending ends what sendBody has begun.
func (c *client) stopSending(x *exchange) {
	if x.sent != nil {
		_ = c.conn.SetReadDeadline(time.Now())
		<-x.sent
		_ = c.conn.SetReadDeadline(time.Time{})
	}
}

// answer passes on the answer to a request, and reports whether another request may come.
func (c *client) answer(x *exchange) bool {
	for {
		h, err := readHead(c.up.in)
		code, ok := h.status()
		if err != nil || !ok {
			// Not HTTP/1: the client has to know what that is.
			_, _ = c.conn.Write(h.raw)
			c.pipe(x.sent, nil)
			return false
		}
		switch {
		case code == 101:
			if _, err := c.conn.Write(h.raw); err == nil {
				c.pipe(x.sent, nil)
			}
			return false
		case code < 200:
			if _, err := c.conn.Write(h.raw); err != nil {
				return c.over(x, false)
			}
			continue
		}
		return c.over(x, c.passAnswer(x, h, code))
	}
}

// over ends an exchange. If whole, it went well and the connection is kept.
func (c *client) over(x *exchange, whole bool) bool {
	close(x.answered)
	if !whole {
		// One who still sends a body learns that nobody reads it.
		c.dropUpstream()
		closeWrite(c.conn)
		_ = c.conn.SetReadDeadline(time.Now().Add(lingerLimit))
		<-x.sent
		return false
	}
	c.up.await()
	c.up.End()
	return <-x.sent == nil
}

// lingerLimit is how long a client may go on to send what nobody reads before it is cut off,
// in which it reads its answer.
const lingerLimit = 500 * time.Millisecond

// passAnswer passes on an answer but for its first line's being read, and reports whether the
// connection goes on.
func (c *client) passAnswer(x *exchange, h head, code int) bool {
	body, ok := h.framing(true)
	if x.method == "HEAD" || code == 204 || code == 304 {
		body, ok = framing{}, true
	}
	if !ok {
		body = framing{untilEnd: true}
	}
	var edit func([]byte, bool) []byte
	send := h.raw
	if x.navigation && ok && isDocument(&h, code) && !body.isEmpty() {
		if nonce, ok := allowScript(&h, x.get("Host")); ok {
			page := c.up.Pid()
			if page == 0 {
				page = x.page
			}
			in := injector{tag: scriptTag(page, nonce, x.method == "POST")}
			edit = in.edit
			h.lengthen(len(in.tag))
			send = h.bytes()
		}
	}
	if _, err := c.conn.Write(send); err != nil {
		return false
	}
	if err := copyBody(c.conn, c.up.in, body, edit); err != nil {
		return false
	}
	return !body.untilEnd && h.keepsAlive()
}

// isDocument reports whether an answer is a document of HTML that is shown.
func isDocument(h *head, code int) bool {
	media, parameters, _ := strings.Cut(strings.ToLower(h.get("Content-Type")), ";")
	coding := h.get("Content-Encoding")
	_, part := h.lookUp("Content-Range")
	switch {
	case strings.TrimSpace(media) != "text/html", strings.Contains(parameters, "utf-16"), part, code == 206,
		coding != "" && !strings.EqualFold(coding, "identity"),
		strings.HasPrefix(strings.ToLower(h.get("Content-Disposition")), "attachment"):
		return false
	}
	return true
}

// lengthen changes what a head says of its body, to which n bytes are added.
func (h *head) lengthen(n int) {
	h.change(func(name, value, field string) string {
		switch name {
		case "content-length":
			length, _ := strconv.ParseInt(value, 10, 64)
			return "Content-Length: " + strconv.FormatInt(length+int64(n), 10)
		case "digest", "content-digest", "repr-digest", "content-md5":
			return ""
		}
		return field
	})
}

// scriptTag is what a document gets.
func scriptTag(page int, nonce string, posted bool) []byte {
	tag := `<script async src="` + scriptPath + `" data-gorun="` + strconv.Itoa(page) + `"`
	if posted {
		tag += " data-gorun-posted"
	}
	if nonce != "" {
		tag += ` nonce="` + nonce + `"`
	}
	return []byte(tag + "></script>")
}
