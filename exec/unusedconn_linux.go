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
// client has one for a while before it asks. A program that ends would close them under
// the client. So gorun takes them out of the program's epoll sets, and waits for the
// first word itself.
//
// A program that ends gracefully may wait for them: net/http's Shutdown does for five
// seconds. If it does it is told that nothing will come any more (shutdown(2), SHUT_RD),
// and closes its own descriptor. The kernel goes on receiving for gorun's: on Linux
// SHUT_RD ends the waiting, not the receiving.
//
// Rejected: to tell every program so, before its signal. What comes in the moment until
// the program has read the end would be read by the program, or half of it.

const (
	// unusedLimit is how long gorun waits for a client's first word: as long as servers
	// usually keep a connection that nobody uses.
	unusedLimit = 30 * time.Second
	// unusedPause is how often it asks whether there is one, where a read does not wait
	// any more.
	unusedPause = 2 * time.Millisecond
	// unusedSignalled is how long after its signal a program is told that nothing will
	// come: most end sooner.
	unusedSignalled = 250 * time.Millisecond
)

// takeOverUnused takes over the connections on which nothing was ever said.
func (u *portUser) takeOverUnused(known map[uint64]*connection) (taken []*unusedConn) {
	for inode, c := range known {
		if c == nil || c.passage != nil || !c.isUnused() {
			continue
		}
		fd, ok := u.duplicateSocket(c.socket)
		if !ok {
			continue
		}
		if c.blocking {
			// A thread of the program waits in read(2), where nothing else ends that.
			if c.update(fd) && c.received+c.sent == 0 {
				_ = unix.Shutdown(fd, unix.SHUT_RDWR)
			}
		} else if t := u.takeOverOne(c, fd); t != nil {
			known[inode] = nil
			taken = append(taken, t)
			go t.forward()
		}
		unix.Close(fd)
	}
	return taken
}

// isUnused reports whether the program has neither read nor written anything. A first
// word may have come that it has not read. (The end of the client's side counts as a
// byte that was received.)
func (c *connection) isUnused() bool { return c.sent == 0 && c.received <= uint64(c.unread)+1 }

func (u *portUser) takeOverOne(c *connection, fd int) *unusedConn {
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if !c.update(fd) || !c.isUnused() || u.pidfd < 0 {
		return nil
	}
	t := &unusedConn{entries: u.pollEntries(c.inode), limit: time.Now().Add(unusedLimit)}
	if _, err := u.removeFromEpoll([]epollTarget{{c.inode, fd}}); err != nil {
		return nil
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, 1)
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	file := os.NewFile(uintptr(own), "connection")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil
	}
	t.conn = conn.(*net.TCPConn)
	return t
}

// endUnused tells the program that nothing will come on a connection on which nothing
// has come.
func (u *portUser) endUnused(t *unusedConn) {
	raw, err := t.conn.SyscallConn()
	if err != nil {
		return // it is over
	}
	_ = raw.Control(func(fd uintptr) {
		u.ports.mu.Lock()
		defer u.ports.mu.Unlock()
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.SOL_TCP, unix.TCP_INFO); err != nil || info.Bytes_received > 0 {
			return
		}
		_ = unix.Shutdown(int(fd), unix.SHUT_RD)
		for _, entry := range t.entries {
			if u.pidfd >= 0 {
				_ = u.backToEpoll(entry, int(fd))
			}
		}
	})
}

// An unusedConn is a connection on which nothing was said. It can be read from after
// SHUT_RD, where the kernel reports an end whenever there is nothing to read.
type unusedConn struct {
	conn    *net.TCPConn
	entries []epollEntry // in the program's epoll sets, until gorun took it over
	limit   time.Time    // for the first word; zero when it has come
}

// forward waits for the first word and passes it on: a request of HTTP/1 as the
// connection's last, anything else as it is.
func (c *unusedConn) forward() {
	first := make([]byte, lateBytes)
	_ = c.conn.SetReadDeadline(c.limit)
	n, err := c.Read(first)
	_ = c.conn.SetReadDeadline(time.Time{})
	c.limit = time.Time{}
	switch {
	case err != nil:
		_ = c.conn.CloseWrite()
		c.conn.Close()
	case requestBeginning(first[:n]) != foreign:
		forwardRequest(c.conn, c, first[:n])
	default:
		forward(c.conn, c, first[:n])
		_ = c.conn.CloseWrite()
		c.conn.Close()
	}
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
