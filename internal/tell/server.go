package tell

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

const (
	// connections bounds how many others are answered at a time. Who comes when
	// there are so many is let go.
	connections = 32

	// lastWords is how long gorun's end waits for answers to be written.
	lastWords = time.Second
)

// A Server is a gorun that can be found.
type Server struct {
	listener net.Listener
	secret   string
	remove   func()
	who      func() Who
	handle   Handler

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	slots  chan struct{}  // nobody closes it
	wg     sync.WaitGroup // one for each slot, and the accepting goroutine

	mu   sync.Mutex
	last []net.Conn // that end with the process
}

// A Handler does what is asked and returns what came of it. Its context ends when
// nobody waits for that any more, or the server is closed. It may be called from many
// goroutines. With last, the connection is held until gorun's process is gone: who
// asked can know.
type Handler func(ctx context.Context, r Request) (reply Reply, last bool)

// Listen makes this process one that can be found in a directory, which only its user
// may look into. who is asked each time that somebody wants to know: the directories that
// it names may be links that are pointed elsewhere. Like handle it may be called from many
// goroutines.
func Listen(dir string, who func() Who, handle Handler) (*Server, error) {
	return listen(system, dir, who, handle)
}

func listen(by transport, dir string, who func() Who, handle Handler) (*Server, error) {
	s := &Server{who: who, handle: handle, slots: make(chan struct{}, connections)}
	var err error
	if s.listener, s.secret, s.remove, err = by.listen(dir, fmt.Sprintf("%d", os.Getpid())); err != nil {
		return nil, err
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.wg.Go(s.accept)
	return s, nil
}

// Close ends the listening, takes the entry away, and waits a moment for answers
// that are known to be written.
func (s *Server) Close() {
	if s == nil {
		return
	}
	s.remove()
	s.listener.Close()
	s.cancel()
	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(lastWords):
	}
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			if s.ctx.Err() != nil {
				return
			}
			// Out of descriptors, say: that passes.
			select {
			case <-s.ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		select {
		case s.slots <- struct{}{}:
			s.wg.Go(func() {
				s.serve(c)
				<-s.slots
			})
		default:
			c.Close()
		}
	}
}

// serve answers one request.
func (s *Server) serve(c net.Conn) {
	keep := false
	defer func() {
		if !keep {
			c.Close()
		}
	}()
	var r Request
	if c.SetReadDeadline(time.Now().Add(patience)) != nil || readLine(c, requestLimit, &r) != nil {
		return
	}
	reply := Reply{}
	switch {
	case subtle.ConstantTimeCompare([]byte(r.Secret), []byte(s.secret)) != 1:
		return
	case r.Version != version:
		reply.Error = fmt.Sprintf("this gorun speaks version %d of the protocol, not %d: "+
			"both have to be of one version", version, r.Version)
	case r.Do == doWho:
		who := s.who()
		reply.Who = &who
	default:
		ctx, cancel := context.WithCancel(s.ctx)
		defer cancel()
		if c.SetReadDeadline(time.Time{}) != nil {
			return
		}
		go func() {
			// Nothing more is to come: it is the end of the connection.
			c.Read(make([]byte, 1))
			cancel()
		}()
		reply, keep = s.handle(ctx, r)
	}
	reply.Version = version
	if writeLine(c, reply) == nil && keep {
		s.mu.Lock()
		s.last = append(s.last, c)
		s.mu.Unlock()
	} else {
		keep = false
	}
}
