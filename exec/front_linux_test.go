//go:build linux && (amd64 || arm64)

package exec

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A pipingFront takes the clients that call themselves Mozilla and passes everything on.
type pipingFront struct{ served chan string }

func (pipingFront) Wants(begin []byte) (wants, sure bool) {
	wants = bytes.Contains(begin, []byte("User-Agent: Mozilla/"))
	return wants, wants || bytes.Contains(begin, []byte("\r\n\r\n"))
}

func (f pipingFront) Serve(client net.Conn, open OpenPassage) {
	defer client.Close()
	p, err := open(context.Background())
	if err != nil {
		return
	}
	defer p.Close()
	p.Begin()
	f.served <- client.RemoteAddr().String()
	copyBoth(client, passageConn{p.Conn, p})
}

// A passageConn is a passage as a connection.
type passageConn struct {
	net.Conn
	passage *Passage
}

func (c passageConn) Read(b []byte) (int, error)  { return c.passage.Read(b) }
func (c passageConn) Write(b []byte) (int, error) { return c.passage.Write(b) }

// newFrontRig is a rig whose programs' browsers have a front.
func newFrontRig(t *testing.T, args func(version int) []string) (*rig, pipingFront) {
	r := newRig(t, args)
	f := pipingFront{served: make(chan string, 10_000)}
	if err := r.ports.ServeBrowsers(f); err != nil {
		t.Skip(err)
	}
	return r, f
}

// askAs makes one request on a connection of its own and returns the answer's body.
func askAs(t *testing.T, from, url, agent string) string {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("User-Agent", agent)
	r, err := (&http.Client{Transport: transport, Timeout: patience}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(body))
}

const someBrowser = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"

// A browser's connection goes by way of the front, everybody else's does not, and the
// program sees the address of each.
func TestFront(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r, f := newFrontRig(t, func(int) []string { return []string{address} })
	r.replace()
	awaitListener(t, address)
	for _, from := range []string{"127.0.0.1", "127.0.0.7"} {
		for _, agent := range []string{someBrowser, "curl/8"} {
			host, _, _ := net.SplitHostPort(askAs(t, from, "http://"+address+"/?remote", agent))
			if host != from {
				t.Errorf("%s from %s: the program sees %s", agent, from, host)
			}
			select {
			case client := <-f.served:
				if agent != someBrowser || !strings.HasPrefix(client, from+":") {
					t.Errorf("the front serves %s, which is %s", client, agent)
				}
			default:
				if agent == someBrowser {
					t.Errorf("the front does not serve the browser at %s", from)
				}
			}
		}
	}
}

// A client that says nothing delays no other one, and has its turn later.
func TestFrontSilentClients(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r, f := newFrontRig(t, func(int) []string { return []string{address} })
	r.replace()
	awaitListener(t, address)
	var silent []net.Conn
	for range 20 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		silent = append(silent, c)
	}
	begin := time.Now()
	for range 20 {
		askAs(t, "127.0.0.1", "http://"+address, "curl/8")
	}
	t.Logf("20 requests took %v", time.Since(begin))
	for range silent {
		within(t, f.served, "the front of a client that says nothing")
	}
	for i, c := range silent {
		fmt.Fprintf(c, "GET / HTTP/1.0\r\n\r\n")
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if b, err := io.ReadAll(c); err != nil || !bytes.Contains(b, []byte(" 200 OK")) {
			t.Errorf("client %d: %q, %v", i, b, err)
		}
	}
}

// A client whose first bytes come slowly gets to the program itself if it is no browser.
func TestFrontSlowClient(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r, f := newFrontRig(t, func(int) []string { return []string{address} })
	r.replace()
	awaitListener(t, address)
	raw := 0
	for range 20 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		time.Sleep(2 * time.Millisecond) // the program asks meanwhile
		fmt.Fprintf(c, "GET /?remote HTTP/1.0\r\n\r\n")
		_ = c.SetReadDeadline(time.Now().Add(patience))
		b, err := io.ReadAll(c)
		if err != nil || !bytes.Contains(b, []byte(c.LocalAddr().String())) {
			t.Fatalf("%q, %v", b, err)
		}
		select {
		case <-f.served: // a busy machine
		default:
			raw++
		}
	}
	if raw == 0 {
		t.Error("the front has all of them")
	}
}

// A program that speaks first is waited for once.
func TestFrontServerSpeaksFirst(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r, _ := newFrontRig(t, func(int) []string { return []string{address, "greets"} })
	r.replace()
	awaitListener(t, address)
	for range 3 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if b, err := io.ReadAll(c); err != nil || string(b) != "220 "+c.LocalAddr().String()+"\n" {
			t.Fatalf("%q, %v", b, err)
		}
	}
	r.ports.mu.Lock()
	defer r.ports.mu.Unlock()
	if !r.ports.listeners[0].speaksFirst.Load() {
		t.Error("the next client will have to wait, too")
	}
}

// Through swaps nothing is lost of what a front has no part in. What browsers lose is tested
// with their own (internal/front).
func TestFrontSwapUnderLoad(t *testing.T) {
	ways := map[string]func(*rig){
		"replace": (*rig).replace,
		"overlap": func(r *rig) { r.overlap() },
	}
	for way, swap := range ways {
		for name, l := range map[string]load{"post": posting, "get": getting, "kept post": staying} {
			t.Run(way+"/"+name, func(t *testing.T) {
				address := freePort(t, "tcp4", "127.0.0.1")
				r, f := newFrontRig(t, func(int) []string { return []string{address} })
				r.replace()
				awaitListener(t, address)
				c, stop := l.run(address)
				for range swaps(t, 10) {
					swap(r)
					was := c.ok.Load()
					eventually(t, "answers", func() bool { return c.ok.Load() > was+100 || c.bad() > 0 })
				}
				stop()
				// One that the machine has kept from speaking for so long belongs to the front,
				// and this one knows nothing of requests.
				late := int64(len(f.served))
				t.Logf("%v; %d late", c, late)
				if c.bad() > late {
					c.errors.Range(func(k, _ any) bool { t.Error(k); return true })
				}
			})
		}
	}
}
