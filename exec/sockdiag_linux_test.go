//go:build amd64 || arm64

package exec

import (
	"net"
	"os"
	"slices"
	"testing"
	"time"
)

// The socket that has accepted a connection is found, and none before that.
func TestAcceptedInode(t *testing.T) {
	for _, tt := range [][2]string{{"tcp4", "127.0.0.1"}, {"tcp6", "::1"}, {"tcp", ""}} {
		l, err := net.Listen(tt[0], net.JoinHostPort(tt[1], "0"))
		if err != nil {
			t.Skip(err)
		}
		defer l.Close()
		to := l.Addr().String()
		if tt[1] == "" { // IPv4 at a socket of IPv6
			_, p, _ := net.SplitHostPort(to)
			to = "127.0.0.1:" + p
		}
		conn, err := net.Dial("tcp", to)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		at, peer := addrPort(conn.RemoteAddr()), addrPort(conn.LocalAddr())
		if got := acceptedInode(at, peer); got != 0 {
			t.Errorf("%v: %d before it is accepted", at, got)
		}
		accepted, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer accepted.Close()
		got := acceptedInode(at, peer)
		theirs := acceptedInode(peer, at) // the other end is the client's
		own := func(inode uint64) bool {
			return slices.ContainsFunc(sockets(os.Getpid()), func(s socket) bool { return s.inode == inode })
		}
		if got == 0 || got == theirs || !own(got) || !own(theirs) {
			t.Errorf("%v: %d, and %d at the other end", at, got, theirs)
		}
		if _, err := askSockDiag(peer, peer); err == nil {
			t.Error("a socket connected to itself")
		}
	}
}

// Where sock_diag is refused /proc/net/tcp says the same.
func TestTCPEntries(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.DialTimeout("tcp", l.Addr().String(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	found := false
	for e := range tcpEntries(os.Getpid()) {
		local, _ := procAddress(e.local)
		remote, _ := procAddress(e.remote)
		found = found || local == conn.LocalAddr().String() && remote == conn.RemoteAddr().String() && e.inode != "0"
	}
	if !found {
		t.Errorf("%v is not in /proc/net/tcp", conn.LocalAddr())
	}
}
