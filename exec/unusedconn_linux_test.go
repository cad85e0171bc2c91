//go:build amd64 || arm64

package exec

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// A connection that a client has opened and not used yet survives the version that
// accepted it, and does not keep that from ending.
func TestUnusedConnection(t *testing.T) {
	for _, options := range [][]string{nil, {"shutdown"}} {
		t.Run(strings.Join(options, " "), func(t *testing.T) {
			address := freePort(t, "tcp4", "127.0.0.1")
			r := newRig(t, func(int) []string { return append([]string{address}, options...) })
			r.replace()
			awaitListener(t, address)
			var conns []net.Conn
			for range 3 {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(patience))
				conns = append(conns, conn)
			}
			if _, err := get(address); err != nil { // they are accepted before this one
				t.Fatal(err)
			}
			old := r.program
			begin := time.Now()
			old.Retire()
			within(t, old.Done(), "the old version's end")
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("the version waited %v for connections that nobody uses", took)
			}
			r.program = r.start()
			within(t, r.program.Ready(), "the new version")
			want := fmt.Sprint(r.program.Pid())
			for i, conn := range conns {
				request := "POST /?read=3 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
				for _, part := range []string{request[:9*i], request[9*i:]} {
					fmt.Fprint(conn, part)
					time.Sleep(50 * time.Millisecond)
				}
				in := bufio.NewReader(conn)
				resp, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Fatal(err)
				}
				b, _ := io.ReadAll(resp.Body)
				if got := strings.TrimSpace(string(b)); resp.StatusCode != 200 || got != want || !resp.Close {
					t.Errorf("%s %q, close %v; want an answer of %s, the last", resp.Status, got, resp.Close, want)
				}
				if _, err := in.ReadByte(); err != io.EOF {
					t.Errorf("after the last answer: %v", err)
				}
			}
		})
	}
}

// A client that gives such a connection up leaves nothing behind.
func TestUnusedConnectionGivenUp(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{address} })
	r.replace()
	awaitListener(t, address)
	before := len(sockets(os.Getpid()))
	var conns []net.Conn
	for range 5 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	if _, err := get(address); err != nil {
		t.Fatal(err)
	}
	r.replace()
	awaitListener(t, address)
	for _, conn := range conns {
		conn.Close()
	}
	eventually(t, "no connection", func() bool { return len(sockets(os.Getpid())) <= before })
}
