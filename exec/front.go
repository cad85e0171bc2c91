package exec

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Front serves clients of the program's kept ports in its stead: browsers. To it gorun
// gives each connection that begins like one of theirs; all others the program has itself.
// How gorun does so is in accept_linux.go.
type Front interface {
	// Wants reports whether a client that begins so is the front's. If that cannot be told
	// before there is more, sure is false. It must not wait.
	Wants(begin []byte) (wants, sure bool)

	// Serve serves a client of which nothing was read yet, and closes it. A client that says
	// nothing for a while is the front's, too, which passes on what that says then. open
	// makes a connection to the program.
	Serve(client net.Conn, open OpenPassage)
}

// OpenPassage makes a connection to whichever version accepts next.
type OpenPassage = func(context.Context) (*Passage, error)

// A Passage is a connection of a front to the program, which takes it for the client's
// own. Only Conn need be set; it is one to a program that nobody retires then.
type Passage struct {
	Conn net.Conn

	address []byte // the client's, a struct sockaddr
	forget  func() // nil, or to be called when it is closed
	onFirst func() // nil, or to be called when the program is the first to say something

	spoken atomic.Bool // something was said, by either side

	mu      sync.Mutex
	pid     int  // of the program that has accepted it; 0 as long as none has
	retired bool // that program is to end, or the passage is closed
	busy    bool // a request is under way
	since   time.Time
}

// Pid is the process ID of the program that has accepted the connection, 0 as long as
// none has.
func (p *Passage) Pid() int {
	p.mu.Lock()
	pid := p.pid
	p.mu.Unlock()
	return pid
}

// Retired reports whether it was closed because its program is to end.
func (p *Passage) Retired() bool {
	p.mu.Lock()
	retired := p.retired
	p.mu.Unlock()
	return retired
}

// Begin is called before a request is sent. It reports whether that may be: no request is
// sent to a version that is to end. End is called when the answer has come.
func (p *Passage) Begin() bool {
	p.mu.Lock()
	may := !p.retired
	if may {
		p.busy, p.since = true, time.Now()
	}
	p.mu.Unlock()
	return may
}

// End is called when a request was answered.
func (p *Passage) End() {
	p.mu.Lock()
	p.busy = false
	if p.retired {
		p.Conn.Close()
	}
	p.mu.Unlock()
}

// Close closes the connection.
func (p *Passage) Close() error {
	p.mu.Lock()
	p.retired, p.busy = true, false
	p.mu.Unlock()
	if p.forget != nil {
		p.forget()
	}
	return p.Conn.Close()
}

func (p *Passage) Write(b []byte) (int, error) {
	p.speak()
	return p.Conn.Write(b)
}

func (p *Passage) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if n > 0 && p.speak() && p.onFirst != nil {
		p.onFirst()
	}
	return n, err
}

// speak notes that something was said, and reports whether nothing was before.
func (p *Passage) speak() (first bool) { return !p.spoken.Swap(true) }

// CloseWrite says that nothing more will be sent.
func (p *Passage) CloseWrite() error {
	if tcp, ok := p.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

// isFrom reports whether it comes from a port.
func (p *Passage) isFrom(port uint16) bool {
	p.mu.Lock()
	conn := p.Conn
	p.mu.Unlock()
	if conn == nil {
		return false
	}
	a, ok := conn.LocalAddr().(*net.TCPAddr)
	return ok && a.Port == int(port)
}

// accepted notes which program has it now. It is false if nobody wants it any more.
func (p *Passage) accepted(pid int) bool {
	p.mu.Lock()
	p.pid = pid
	wanted := !p.retired
	p.mu.Unlock()
	return wanted
}

// retire lets no further request begin. A connection without one is closed at once.
func (p *Passage) retire() {
	p.mu.Lock()
	p.retired = true
	if !p.busy && p.Conn != nil {
		p.Conn.Close()
	}
	p.mu.Unlock()
}

// beginning is how long after Begin the request may still be on its way to the program.
const beginning = 100 * time.Millisecond

// state says what of a request is under way. It is over if there is none and there will be
// none.
func (p *Passage) state() (busy, begins, over bool) {
	p.mu.Lock()
	busy, begins, over = p.busy, p.busy && time.Since(p.since) < beginning, p.retired && !p.busy
	p.mu.Unlock()
	return busy, begins, over
}
