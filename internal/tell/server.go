package tell

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// connections bounds how many others are answered at a time. Who comes when
	// there are so many is let go.
	connections = 32

	// lastWords is how long gorun's end waits for answers to be written.
	lastWords = time.Second

	// lookAfter is how often the server makes sure that its entry is there. Somebody may
	// empty the cache directory; nobody asks a gorun right after that, and being woken costs
	// 0.2 ms, more than the look at a file.
	lookAfter = 10 * time.Second
)

// A Server is a gorun that can be found.
type Server struct {
	by     transport
	dirs   iter.Seq[string]
	who    func() Who
	handle Handler

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	slots  chan struct{}  // nobody closes it
	wg     sync.WaitGroup // one for each slot, for each listening, and one that looks after the entry

	mu   sync.Mutex
	now  *listening // under mu
	last []net.Conn // that end with the process; under mu
}

// A listening is one entry in a directory, and who listens there.
type listening struct {
	net.Listener
	path   string // of the entry
	secret string
}

// A Handler does what is asked and returns what came of it. Its context ends when
// nobody waits for that any more, or the server is closed. It may be called from many
// goroutines. With last, the connection is held until gorun's process is gone: who
// asked can know.
type Handler func(ctx context.Context, r Request) (reply Reply, last bool)

// Listen makes this process one that can be found in one of several directories, which
// only its user may look into: in the first of them in which that can be. dirs makes them
// where they are not there; it is asked again when the entry is gone. who is asked each
// time that somebody wants to know: the directories that it names may be links that are
// pointed elsewhere. All three may be called from many goroutines.
func Listen(dirs iter.Seq[string], who func() Who, handle Handler) (*Server, error) {
	return listen(system, lookAfter, dirs, who, handle)
}

func listen(
	by transport, every time.Duration, dirs iter.Seq[string], who func() Who, handle Handler,
) (*Server, error) {
	s := &Server{by: by, dirs: dirs, who: who, handle: handle, slots: make(chan struct{}, connections)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.enter(); err != nil {
		s.cancel()
		return nil, err
	}
	s.wg.Go(func() { s.lookAfterEntry(every) })
	return s, nil
}

// enter listens in the first directory in which that can be, from now on only there.
func (s *Server) enter() error {
	err := errors.New("there is no directory for it")
	for dir := range s.dirs {
		var l listening
		var entry string
		if l.Listener, entry, l.secret, err = s.by.listen(dir, fmt.Sprintf("%d", os.Getpid())); err != nil {
			continue
		}
		l.path = filepath.Join(dir, entry)
		s.mu.Lock()
		before, closed := s.now, s.ctx.Err() != nil
		if !closed { // else Close has taken away what it knows of
			s.now = &l
		}
		s.mu.Unlock()
		if closed {
			l.Close()
			return os.Remove(l.path)
		}
		if before != nil {
			before.Close()
		}
		s.wg.Go(func() { s.accept(&l) })
		return nil
	}
	return err
}

// lookAfterEntry makes another entry where this one is gone: without it nobody finds this
// process.
func (s *Server) lookAfterEntry(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := os.Lstat(s.current().path); errors.Is(err, fs.ErrNotExist) {
			_ = s.enter() // where that fails, it is tried again
		}
	}
}

func (s *Server) current() *listening {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Close ends the listening, takes the entry away, and waits a moment for answers
// that are known to be written.
func (s *Server) Close() {
	if s == nil {
		return
	}
	s.cancel()
	now := s.current()
	os.Remove(now.path)
	now.Close()
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

func (s *Server) accept(l *listening) {
	for {
		c, err := l.Accept()
		if err != nil {
			if s.ctx.Err() != nil || s.current() != l {
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
				s.serve(c, l.secret)
				<-s.slots
			})
		default:
			c.Close()
		}
	}
}

// serve answers one request.
func (s *Server) serve(c net.Conn, secret string) {
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
	case subtle.ConstantTimeCompare([]byte(r.Secret), []byte(secret)) != 1:
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
