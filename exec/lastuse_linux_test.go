//go:build amd64 || arm64

package exec

import (
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/proctest"
)

// A port is in use while data comes, and was when a connection to it has ended a moment ago, whichever end has
// closed it; gorun's own probes do not count.
func TestLastUse(t *testing.T) {
	if err := eachConnection(unix.AF_INET, func(knownConnection) {}); err != nil {
		t.Skipf("the kernel does not say: %v", err)
	}
	for _, first := range []string{"client", "server"} {
		l, ps := listenUnused(t)
		defer l.Close()
		connect := func() (client, server net.Conn) {
			client, err := net.Dial("tcp4", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if server, err = l.Accept(); err != nil {
				t.Fatal(err)
			}
			return client, server
		}
		end := func(client, server net.Conn) {
			if first == "server" {
				client, server = server, client
			}
			client.Close()
			io.Copy(io.Discard, server)
			server.Close()
		}
		client, server := connect()
		ps.dialled(addrPort(client.LocalAddr()).Port())
		end(client, server)
		if use := ps.LastUse(); !use.IsZero() {
			t.Errorf("%s: used at %v, by gorun alone", first, use)
		}
		client, server = connect()
		begin := time.Now()
		client.Write([]byte("x"))
		recent := func() bool { return ps.LastUse().After(begin.Add(-time.Second)) } // the kernel's clock is coarse
		if !proctest.Eventually(recent, nil) {
			t.Errorf("%s: used at %v, while there is a connection", first, ps.LastUse())
		}
		io.ReadFull(server, make([]byte, 1))
		end(client, server)
		if !proctest.Eventually(recent, nil) {
			t.Errorf("%s: used at %v, after the end of a connection", first, ps.LastUse())
		}
	}
}

// listenUnused listens on a port that no connection of the last minute was at: other tests have used some, and
// the kernel gives those of ":0" to clients, too.
func listenUnused(t *testing.T) (net.Listener, *Ports) {
	t.Helper()
	for range 20 {
		l, err := net.Listen("tcp4", freePort(t, "tcp4", "127.0.0.1"))
		if err != nil {
			continue
		}
		ps := &Ports{listeners: []*keptListener{{port: addrPort(l.Addr()).Port(), bound: true}}}
		if ps.LastUse().IsZero() {
			return l, ps
		}
		l.Close()
	}
	t.Fatal("each of 20 ports was used, before anybody has")
	return nil, nil
}
