//go:build amd64 || arm64

package exec

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// While no program runs, clients wait in the queue of its listeners. After
// unavailableAfter gorun answers them itself: 503 with the reason.
//
// Rejected: to close the listeners. The browser would then say that the site
// cannot be reached, which is true of a wrong port, too, and another process
// could take the port. What is not HTTP in plain text (TLS, HTTP/2, other
// protocols) is closed, which a client sees at once.

const (
	answerLimit = 64              // clients at a time; more wait in the queue
	answerTime  = 2 * time.Second // for one client
)

// An unavailableServer answers 503 on the listeners of a program that is down.
type unavailableServer struct {
	listeners []net.Listener
	stop      chan struct{}  // closed by stopUnavailable
	done      sync.WaitGroup // one for each listener
}

// answerUnavailableLater is called with mu held when no program runs.
func (ps *Ports) answerUnavailableLater(reason string) {
	ps.stopUnavailable()
	ps.down = time.AfterFunc(unavailableAfter, func() {
		ps.mu.Lock()
		defer ps.mu.Unlock()
		if ps.down == nil || ps.closed || len(ps.users) > 0 {
			return
		}
		ps.unavailable = ps.answerUnavailable(reason)
	})
}

// stopUnavailable is called with mu held before a program starts. When it has
// returned nobody but the program accepts.
func (ps *Ports) stopUnavailable() {
	if ps.down != nil {
		ps.down.Stop()
		ps.down = nil
	}
	if ps.unavailable == nil {
		return
	}
	for _, l := range ps.unavailable.listeners {
		l.Close()
	}
	close(ps.unavailable.stop)
	ps.unavailable.done.Wait()
	ps.unavailable = nil
}

func (ps *Ports) answerUnavailable(reason string) *unavailableServer {
	a := &unavailableServer{stop: make(chan struct{})}
	slots := make(chan struct{}, answerLimit) // never closed; a slot for each client
	for _, l := range ps.listeners {
		if !nonblocking(l.fd) || !l.listening() {
			continue // its next owner wants to block in accept
		}
		fd, err := unix.FcntlInt(uintptr(l.fd), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			continue
		}
		file := os.NewFile(uintptr(fd), l.name)
		queue, err := net.FileListener(file)
		file.Close()
		if err != nil {
			ps.debug("ports: %s: not answered: %v", l.name, err)
			continue
		}
		ps.debug("ports: %s: answering with 503", l.name)
		a.listeners = append(a.listeners, queue)
		a.done.Go(func() {
			for {
				select {
				case slots <- struct{}{}:
				case <-a.stop:
					return
				}
				conn, err := queue.Accept()
				if err != nil {
					<-slots
					return
				}
				go ps.answerClient(conn, reason, func() { <-slots })
			}
		})
	}
	return a
}

// answerClient answers one client, or has the front do so. It calls done when another one's
// turn has come.
func (ps *Ports) answerClient(conn net.Conn, reason string, done func()) {
	free := sync.OnceFunc(done)
	defer free()
	if conn = ps.clientOf(conn); conn == nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(answerTime))
	if tcp, ok := conn.(*net.TCPConn); ok {
		if wants, _ := ps.frontWants(tcp); wants {
			_ = conn.SetDeadline(time.Time{})
			free()
			ps.serveFront(tcp, peerAddress(tcp), nil)
			return
		}
	}
	_ = conn.SetDeadline(time.Now().Add(answerTime)) // it may have begun, and no more
	head := make([]byte, beginSize)
	n, _ := conn.Read(head)
	answer503(conn, head[:n], reason)
}

// answer503 answers a request that begins with head.
func answer503(conn net.Conn, head []byte, reason string) {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	if !bytes.Contains(line, []byte(" HTTP/1.")) {
		return
	}
	body := "gorun: " + reason + "\n"
	fmt.Fprintf(conn, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"+
		"Content-Length: %d\r\nCache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\n\r\n%s", len(body), body)
	if tcp, ok := conn.(*net.TCPConn); ok {
		// A close with input unread would be a reset, which can overtake the
		// answer.
		_ = tcp.CloseWrite()
		for err := error(nil); err == nil; {
			_, err = conn.Read(make([]byte, beginSize))
		}
	}
}
