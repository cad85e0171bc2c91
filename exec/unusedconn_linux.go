//go:build amd64 || arm64

package exec

import (
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Connections on which nothing was ever said. Browsers open some in advance, and a slow
// client has one for a while before it asks. A program that is to end would close them
// under the client, or wait for them: net/http's Shutdown does for five seconds. So
// gorun takes them over. The program is told that nothing will come any more
// (shutdown(2), SHUT_RD) and closes its own descriptor, or ends. The kernel goes on
// receiving for gorun's: on Linux SHUT_RD ends the waiting, not the receiving.

const (
	// unusedLimit is how long gorun waits for a client's first word: as long as servers
	// usually keep a connection that nobody uses.
	unusedLimit = 30 * time.Second
	// unusedPause is how often it asks whether there is one, as a read does not wait
	// any more.
	unusedPause = 2 * time.Millisecond
)

// takeOverUnused takes over the connections on which nothing was ever said.
func (u *portUser) takeOverUnused(known map[uint64]*connection) {
	for inode, c := range known {
		if c == nil || c.received+c.sent > 0 {
			continue
		}
		fd, ok := u.duplicateSocket(c.socket)
		if !ok {
			continue
		}
		if !c.update(fd) || c.received+c.sent > 0 {
			unix.Close(fd)
			continue
		}
		_ = unix.Shutdown(fd, unix.SHUT_RD)
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, 1)
		known[inode] = nil
		file := os.NewFile(uintptr(fd), "connection")
		conn, err := net.FileConn(file)
		file.Close()
		if err == nil {
			go forwardUnused(conn.(*net.TCPConn))
		}
	}
}

// forwardUnused waits for the first word on a connection and passes it on: a request of
// HTTP/1 as the connection's last, anything else as it is.
func forwardUnused(client *net.TCPConn) {
	in := &unusedConn{client, time.Now().Add(unusedLimit)}
	first := make([]byte, lateBytes)
	n, err := in.Read(first)
	if err == nil {
		in.limit = time.Time{}
		if requestBeginning(first[:n]) != foreign {
			forwardRequest(client, in, first[:n])
			return
		}
		forward(client, in, first[:n])
	}
	_ = client.CloseWrite()
	client.Close()
}

// An unusedConn reads from a connection after SHUT_RD, where the kernel reports an end
// whenever there is nothing to read.
type unusedConn struct {
	conn  *net.TCPConn
	limit time.Time // zero means none
}

func (c *unusedConn) Read(b []byte) (n int, err error) {
	pause := time.NewTicker(unusedPause)
	defer pause.Stop()
	for {
		n, err = c.conn.Read(b)
		if err != io.EOF || hasEnded(c.conn) {
			return n, err
		}
		if !c.limit.IsZero() && time.Now().After(c.limit) {
			return 0, os.ErrDeadlineExceeded
		}
		<-pause.C
	}
}

// hasEnded reports whether the peer has ended its side, and nothing is left to read.
func hasEnded(conn *net.TCPConn) (ended bool) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return true
	}
	err = raw.Control(func(fd uintptr) {
		info, ierr := unix.GetsockoptTCPInfo(int(fd), unix.SOL_TCP, unix.TCP_INFO)
		unread, _ := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
		ended = ierr != nil || info.State != unix.BPF_TCP_ESTABLISHED && unread == 0
	})
	return ended || err != nil
}
