package front

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/event"
)

// patience bounds every wait: what takes longer has failed.
const patience = 30 * time.Second

// A fakeProgram is the program's side of passages, one after the other.
type fakeProgram struct {
	t        *testing.T
	front    *Front
	client   *bufio.Reader // what the client hears
	conn     net.Conn      // the client's own end
	passages chan *fakePassage
	newest   *fakePassage  // that was accepted
	over     chan struct{} // closed when the front has done with the client
}

type fakePassage struct {
	net.Conn
	in      *bufio.Reader
	passage *exec.Passage
}

// serveClient has a front serve a client.
func serveClient(t *testing.T) *fakeProgram {
	t.Helper()
	f := New(Options{Dir: t.TempDir(), Getenv: os.Getenv, Fail: t.Logf})
	p := &fakeProgram{t: t, front: f, passages: make(chan *fakePassage, 10), over: make(chan struct{})}
	client, front := tcpPair(t)
	p.conn, p.client = client, bufio.NewReader(client)
	go func() {
		defer close(p.over)
		f.Serve(front, func(context.Context) (*exec.Passage, error) {
			mine, program := tcpPair(t)
			passage := &exec.Passage{Conn: mine}
			p.passages <- &fakePassage{program, bufio.NewReader(program), passage}
			return passage, nil
		})
	}()
	t.Cleanup(func() {
		client.Close()
		if p.newest != nil {
			p.newest.Close()
		}
		for late := time.After(patience); ; {
			select {
			case <-p.over:
				return
			case one := <-p.passages: // it asks again
				one.Close()
			case <-late:
				t.Error("the front goes on serving a client that is gone")
				return
			}
		}
	})
	return p
}

func tcpPair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("tcp", l.Addr().String()); err == nil {
		b, err = l.Accept()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{a, b} {
		_ = c.SetDeadline(time.Now().Add(patience))
		t.Cleanup(func() { c.Close() })
	}
	// The front sets and takes away deadlines of its own end.
	return a, b
}

// expect reads exactly that.
func expect(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(r, got)
	if err != nil || string(got) != want {
		t.Fatalf("got %q, %v\nwant %q", got[:n], err, want)
	}
}

func send(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func (p *fakeProgram) accept() *fakePassage {
	p.t.Helper()
	select {
	case p.newest = <-p.passages:
		return p.newest
	case <-time.After(patience):
		p.t.Fatal("no passage")
		return nil
	}
}

// heads are what a browser sends for something that is no document, with odd spelling.
const (
	browserHead = "Host: localhost\r\nUser-Agent: Mozilla/5.0\r\nx-ODD:  two  spaces\r\n" +
		"Sec-Fetch-Dest: empty\r\nAccept-Encoding: gzip, br\r\n"
	navigation = "Host: localhost\r\nUser-Agent: Mozilla/5.0\r\nSec-Fetch-Dest: document\r\nAccept: text/html\r\n"
)

// What is no document goes on byte for byte, in both directions, on one connection.
func TestUntouched(t *testing.T) {
	exchanges := []struct{ name, request, answer string }{
		{"length", "GET /a HTTP/1.1\r\n" + browserHead + "\r\n",
			"HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\nETag: \"x\"\r\nContent-Type: text/html\r\n\r\n<p>ab"},
		{"chunks and a trailer", "GET /b HTTP/1.1\r\n" + browserHead + "\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n" +
				"5;ext=1\r\nhello\r\n0000\r\nX: 1\r\nY: 2\r\n\r\n"},
		{"head", "HEAD / HTTP/1.1\r\n" + browserHead + "\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nContent-Type: text/html\r\n\r\n"},
		{"not modified", "GET / HTTP/1.1\r\nIf-None-Match: \"x\"\r\n" + browserHead + "\r\n",
			"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"},
		{"no content", "DELETE / HTTP/1.1\r\n" + browserHead + "\r\n", "HTTP/1.1 204 No Content\r\n\r\n"},
		{"a body", "POST / HTTP/1.1\r\n" + browserHead + "Content-Length: 3\r\n\r\nabc",
			"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"},
		{"a body in chunks", "POST / HTTP/1.1\r\n" + browserHead + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
		{"early hints", "GET / HTTP/1.1\r\n" + browserHead + "\r\n",
			"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"},
		{"a range", "GET / HTTP/1.1\r\nRange: bytes=0-1\r\n" + navigation + "\r\n",
			"HTTP/1.1 206 Partial Content\r\nContent-Type: text/html\r\nContent-Length: 2\r\n" +
				"Content-Range: bytes 0-1/9\r\n\r\n<p"},
		{"a fragment", "GET / HTTP/1.1\r\nHost: x.test\r\nUser-Agent: Mozilla/5.0\r\n" +
			"HX-Request: true\r\nAccept: text/html\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>"},
		{"old", "GET / HTTP/1.0\r\n" + browserHead + "Connection: keep-alive\r\n\r\n",
			"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx"},
	}
	p := serveClient(t)
	var up *fakePassage
	for _, x := range exchanges {
		send(t, p.conn, x.request)
		if up == nil {
			up = p.accept()
		}
		expect(t, up.in, x.request)
		send(t, up, x.answer)
		expect(t, p.client, x.answer)
	}
	if len(p.passages) > 0 {
		t.Error("more than one passage")
	}
	// An answer that ends with its connection.
	send(t, p.conn, exchanges[0].request)
	expect(t, up.in, exchanges[0].request)
	const untilEnd = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end"
	send(t, up, untilEnd)
	up.Close()
	expect(t, p.client, untilEnd)
	if _, err := p.client.ReadByte(); err != io.EOF {
		t.Errorf("after it: %v", err)
	}
}

// A body is sent when the program has asked for it, and what comes goes on before there is
// more.
func TestAsItComes(t *testing.T) {
	p := serveClient(t)
	head := "POST / HTTP/1.1\r\n" + browserHead + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
	send(t, p.conn, head)
	up := p.accept()
	expect(t, up.in, head)
	send(t, up, "HTTP/1.1 100 Continue\r\n\r\n")
	expect(t, p.client, "HTTP/1.1 100 Continue\r\n\r\n")
	send(t, p.conn, "3\r\nab")
	expect(t, up.in, "3\r\nab")
	// An answer that begins before the request has ended.
	answer := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nx"
	send(t, up, answer)
	expect(t, p.client, answer)
	send(t, p.conn, "c\r\n0\r\n\r\n")
	expect(t, up.in, "c\r\n0\r\n\r\n")
	send(t, up, "y\r\n0\r\n\r\n")
	expect(t, p.client, "y\r\n0\r\n\r\n")
}

// A document gets the script, whatever frames its body.
func TestDocuments(t *testing.T) {
	const tag = `<script async src="/.gorun/browser.js" data-gorun="0"></script>`
	request := "GET /page HTTP/1.1\r\nIf-None-Match: \"x\"\r\nAccept-Encoding: gzip\r\n" +
		navigation + "Cookie: a=b\r\n\r\n"
	program := "GET /page HTTP/1.1\r\n" + navigation + "Cookie: a=b\r\nAccept-Encoding: identity\r\n\r\n"
	for _, x := range []struct{ name, answer, want string }{
		{"length", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n\r\n<head>x",
			"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 70\r\n\r\n<head>" + tag + "x"},
		{"chunks", "HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n1\r\nx\r\n0\r\nT: 1\r\n\r\n",
			"HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=utf-8\r\n" +
				"Transfer-Encoding: chunked\r\n\r\n42\r\n" + tag +
				"<p>\r\n1\r\nx\r\n0\r\nT: 1\r\n\r\n"},
		{"empty", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n", ""},
		{"encoded", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc", ""},
		{"no document", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", ""},
		{"a download", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" +
			"Content-Disposition: attachment\r\nContent-Length: 3\r\n\r\n<p>", ""},
		{"a sandbox", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" +
			"Content-Security-Policy: sandbox\r\nContent-Length: 3\r\n\r\n<p>", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			p := serveClient(t)
			send(t, p.conn, request)
			up := p.accept()
			expect(t, up.in, program)
			send(t, up, x.answer)
			if x.want == "" {
				x.want = x.answer
			}
			expect(t, p.client, x.want)
			send(t, p.conn, "GET /next HTTP/1.1\r\n"+browserHead+"\r\n") // the connection goes on
			expect(t, up.in, "GET /next HTTP/1.1\r\n"+browserHead+"\r\n")
		})
	}
}

// Who navigates while no program answers gets a page, with the reason where it is known.
func TestNoProgram(t *testing.T) {
	for name, c := range map[string]struct {
		events []event.Event
		want   string
	}{
		"about to start": {nil, "<h1>The program is about to start</h1>"},
		"ended": {[]event.Event{{Kind: event.Swapped, Pid: 1}, {Kind: event.Exited, Pid: 1, Reason: "exit status 3 <&>"}},
			"<h1>The program has ended: exit status 3 &lt;&amp;&gt;</h1>"},
	} {
		t.Run(name, func(t *testing.T) {
			p := serveClient(t)
			for _, e := range c.events {
				p.front.Hear(e)
			}
			for s := p.front.now(); s.down() == nil && c.events != nil; s = p.front.now() {
				runtime.Gosched()
			}
			send(t, p.conn, "GET / HTTP/1.1\r\n"+navigation+"\r\n")
			if c.events == nil {
				p.accept().Close()
			}
			r, err := http.ReadResponse(p.client, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil || r.StatusCode != 503 || !strings.Contains(string(body), c.want) {
				t.Errorf("%s, %s, %v", r.Status, body, err)
			}
		})
	}
}

// A page at a name that may be somebody else's is left alone, and that is said once.
func TestForeignName(t *testing.T) {
	p := serveClient(t)
	said := make(chan string, 10)
	p.front.options.Fail = func(format string, args ...any) { said <- fmt.Sprintf(format, args...) }
	var up *fakePassage
	for range 2 {
		request := "GET / HTTP/1.1\r\n" + strings.Replace(navigation, "localhost", "app.example.com", 1) + "\r\n"
		send(t, p.conn, request)
		if up == nil {
			up = p.accept()
		}
		expect(t, up.in, request)
		const answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>"
		send(t, up, answer)
		expect(t, p.client, answer)
	}
	if len(said) != 1 || !strings.Contains(<-said, `"app.example.com"`) {
		t.Errorf("%d lines were said", len(said))
	}
}

// What is not HTTP/1 goes on as it is.
func TestForeign(t *testing.T) {
	for name, hello := range map[string]string{
		"HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "TLS": "\x16\x03\x01\x00\x05hello\n", "a line": "EHLO me\r\n",
		"a tunnel":     "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
		"two framings": "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := serveClient(t)
			send(t, p.conn, hello)
			up := p.accept()
			expect(t, up.in, hello)
			send(t, up, "\x00answer")
			expect(t, p.client, "\x00answer")
			send(t, p.conn, "more")
			expect(t, up.in, "more")
			_ = p.conn.(*net.TCPConn).CloseWrite()
			if _, err := up.in.ReadByte(); err != io.EOF {
				t.Errorf("the client's end is %v", err)
			}
			send(t, up, "bye")
			expect(t, p.client, "bye")
			up.Close()
		})
	}
	t.Run("the program speaks first", func(t *testing.T) {
		p := serveClient(t)
		up := p.accept()
		send(t, up, "220 hello\r\n")
		expect(t, p.client, "220 hello\r\n")
		send(t, p.conn, "QUIT\r\n")
		expect(t, up.in, "QUIT\r\n")
		up.Close()
	})
}

// An upgrade is passed on, and everything after it.
func TestUpgrade(t *testing.T) {
	p := serveClient(t)
	head := "GET /socket HTTP/1.1\r\n" + browserHead + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
	send(t, p.conn, head)
	up := p.accept()
	expect(t, up.in, head)
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x00"
	send(t, up, answer)
	expect(t, p.client, answer)
	send(t, p.conn, "\x81\x80abcd")
	expect(t, up.in, "\x81\x80abcd")
	up.Close()
}

// The program learns that a client has gone while it answers.
func TestClientGone(t *testing.T) {
	p := serveClient(t)
	send(t, p.conn, "GET /events HTTP/1.1\r\n"+browserHead+"\r\n")
	up := p.accept()
	expect(t, up.in, "GET /events HTTP/1.1\r\n"+browserHead+"\r\n")
	send(t, up, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
	expect(t, p.client, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
	p.conn.Close()
	if _, err := up.in.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the program hears %v", err)
	}
	up.Close()
}

// A version that ends between two requests is not noticed.
func TestNextVersion(t *testing.T) {
	p := serveClient(t)
	request := "GET / HTTP/1.1\r\n" + browserHead + "\r\n"
	for range 5 {
		send(t, p.conn, request)
		up := p.accept()
		expect(t, up.in, request)
		send(t, up, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny")
		expect(t, p.client, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny")
		up.Close()
	}
}

// A request that the program has not answered is sent again only where that is safe.
func TestNoAnswer(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		p := serveClient(t)
		first := "GET / HTTP/1.1\r\n" + browserHead + "\r\n"
		send(t, p.conn, first)
		up := p.accept()
		expect(t, up.in, first)
		send(t, up, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		expect(t, p.client, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		second := method + " / HTTP/1.1\r\n" + browserHead + "\r\n"
		if method == "POST" {
			second = method + " / HTTP/1.1\r\n" + browserHead + "Content-Length: 1\r\n\r\nx"
		}
		send(t, p.conn, second)
		expect(t, up.in, second)
		up.Close()
		if method == "GET" {
			again := p.accept()
			expect(t, again.in, second)
			again.Close()
		}
		if _, err := p.client.ReadByte(); err != io.EOF {
			t.Errorf("%s: %v", method, err)
		}
		if len(p.passages) > 0 {
			t.Errorf("%s: one passage too many", method)
		}
	}
}

// Only a page of the program's own, at a name that nobody else can have, gets something from
// gorun's paths.
func TestOwnPaths(t *testing.T) {
	ask := func(request string) string {
		p := serveClient(t)
		send(t, p.conn, strings.ReplaceAll(request, "TOKEN", p.front.token)+"\r\n")
		line, err := p.client.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		for field := line; strings.TrimSpace(field) != "" && err == nil; field, err = p.client.ReadString('\n') {
			if strings.HasPrefix(strings.ToLower(field), "access-control") {
				t.Errorf("%q: other origins get it: %s", request, field)
			}
		}
		return strings.Fields(line)[1]
	}
	const upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n"
	for _, c := range []struct{ request, want string }{
		{"GET /.gorun/browser.js HTTP/1.1\r\nConnection: close\r\nHost: localhost:8080\r\n", "200"},
		{"GET /.gorun/browser.js HTTP/1.1\r\nHost: 192.168.1.7:8080\r\nSec-Fetch-Site: same-origin\r\n", "200"},
		{"GET /.gorun/browser.js HTTP/1.1\r\nHost: [::1]:8080\r\n", "200"},
		{"GET /.gorun/browser.js HTTP/1.1\r\nHost: app.test\r\n", "200"},
		{"GET /.gorun/browser.js HTTP/1.1\r\nHost: evil.com:8080\r\n", "403"},
		{"GET /.gorun/browser.js HTTP/1.1\r\nHost: localhost.evil.com\r\n", "403"},
		{"GET /.gorun/browser.js HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n", "403"},
		{"GET /.gorun/browser.js HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-site\r\n", "403"},
		{"GET /.gorun/browser.js HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.com\r\n", "403"},
		{"GET /.gorun/socket?token=TOKEN HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n" + upgrade, "101"},
		{"GET /.gorun/socket?token=TOKEN HTTP/1.1\r\nHost: localhost\r\n" + upgrade, "403"},
		{"GET /.gorun/socket?token=TOKEN HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:81\r\n" + upgrade, "403"},
		{"GET /.gorun/socket?token=TOKEN HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n" + upgrade, "403"},
		// No such place.
		{"POST /.gorun/open HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nX-Gorun-Token: TOKEN\r\n", "404"},
		{"POST /.gorun/open HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nX-Gorun-Token: guess\r\n", "403"},
		{"POST /.gorun/open HTTP/1.1\r\nHost: localhost\r\nX-Gorun-Token: TOKEN\r\n", "403"},
		{"GET /.gorun/open HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nX-Gorun-Token: TOKEN\r\n", "403"},
		{"OPTIONS /.gorun/open HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.com\r\n", "403"},
		{"GET /.gorun/../main.go HTTP/1.1\r\nHost: localhost\r\n", "404"},
	} {
		if got := ask(c.request); got != c.want {
			t.Errorf("%q: %s, want %s", c.request, got, c.want)
		}
	}
}

// A client that says nothing more must not keep a goroutine of a request's.
func TestClientsEnd(t *testing.T) {
	var all sync.WaitGroup // 20
	for range 20 {
		p := serveClient(t)
		all.Go(func() {
			p.conn.Close()
			<-p.over
		})
	}
	all.Wait()
}
