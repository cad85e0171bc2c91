//go:build amd64 || arm64

package exec

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRequestBeginning(t *testing.T) {
	names := map[requestState]string{begun: "begun", unfinished: "unfinished", foreign: "foreign"}
	for _, tt := range []struct {
		in   string
		want requestState
	}{
		{"GET / HTTP/1.1\r\n\r\n", begun},
		{"GET / HTTP/1.1\r\n", begun},
		{"GET / HTTP/1.0\r\nHost: a\r\n", begun},
		{"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na\r\n", begun},
		{"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", begun},
		{"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nab", begun},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", begun},
		{"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", begun},
		{"G", unfinished},
		{"GET /", unfinished},
		{"GET / HTTP/1.1", unfinished},
		{"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcd", foreign},
		{"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", foreign},
		{"GET /" + strings.Repeat("a", lateBytes-5), foreign},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", foreign},
		{"GET key\r\n", foreign},
		{"2\r\nxy\r\n", foreign},
		{"\x16\x03\x01", foreign},
		{"\x00\x00\x04\x08\x00", foreign},
		{" / HTTP/1.1\r\n\r\n", foreign},
		{"", foreign},
	} {
		if got := requestBeginning([]byte(tt.in)); got != tt.want {
			t.Errorf("%.80q: %s, want %s", tt.in, names[got], names[tt.want])
		}
	}
}

func TestLastHead(t *testing.T) {
	for in, want := range map[string]string{
		"GET / HTTP/1.1": "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nX:y": "GET / HTTP/1.1\r\n" +
			"Connection: close\r\nHost: a\r\nX:y\r\n\r\n",
		"GET / HTTP/1.0\r\nconnection: Keep-Alive\r\nkeep-alive: 5": "GET / HTTP/1.0\r\nConnection: close\r\n\r\n",
		"POST / HTTP/1.1\r\nExpect: 100-continue": "POST / HTTP/1.1\r\nConnection: close\r\n" +
			"Expect: 100-continue\r\n\r\n",
		"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: a": "GET / HTTP/1.1\r\n" +
			"Connection: upgrade\r\nUpgrade: a\r\n\r\n",
		"CONNECT a:1 HTTP/1.1\r\nHost: a": "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		if got := string(lastHead([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A request on an old connection is answered by the new version, which says that
// it is the connection's last, also where it comes in pieces.
func TestLateRequest(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{address} })
	r.replace()
	awaitListener(t, address)
	old := r.program

	busy, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	fmt.Fprint(busy, "GET /?wait=1600ms HTTP/1.1\r\nHost: a\r\n\r\n")

	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(conn)
	ask := func() (pid string, last bool) {
		t.Helper()
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: a\r\n")
		fmt.Fprint(conn, "Content-Length: 1\r\n\r\n")
		fmt.Fprint(conn, "x")
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp.Status, err)
		}
		return strings.TrimSpace(string(b)), resp.Close
	}
	ask()
	r.program = r.start()
	within(t, r.program.Ready(), "the new version")
	old.Retire()
	eventually(t, "an answer of the new version", func() bool {
		pid, last := ask()
		if want := fmt.Sprint(r.program.Pid()); last != (pid == want) {
			t.Fatalf("the last answer: %v, from %s; the new version is %s", last, pid, want)
		}
		return last
	})
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("after the last answer: %v", err)
	}
	if resp, err := http.ReadResponse(bufio.NewReader(busy), nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("the slow request: %v, %v", resp, err)
	}
	within(t, old.Done(), "the old version's end")
}
