//go:build amd64 || arm64

package exec

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// Ports keeps the listening TCP sockets of a program across its versions. The
// first version's bind is handed to gorun (seccomp_linux.go), which duplicates
// the program's own socket, options and all, binds the duplicate and keeps it.
// When the next version binds the same address, gorun puts that socket in the
// place of the new one and says 0. So the port is never without a listener,
// and while no program runs the kernel accepts connections into its queue.
//
// Let through as they are: port 0, what is not TCP, and processes that the
// program starts.
//
// Rejected: a proxy (every byte twice, and the peer's address is gone),
// SO_REUSEPORT on both sides (closing one resets what is in its queue, and the
// program must set it), LISTEN_FDS by itself (the program must know it), a preload library
// (Go calls no C library), ptrace (a debugger could not attach).
type Ports struct {
	debug func(format string, args ...any)
	say   func(line string) // to the user
	way   way

	arrivals arrivals

	mu          sync.Mutex
	listeners   []*keptListener
	users       []*portUser   // programs that run
	lost        chan struct{} // closed by lose
	broken      bool          // the program uses what keeping its ports does, too
	down        *time.Timer
	unavailable *unavailableServer // while gorun answers for a program that is down
	closed      bool
	front       Front    // who serves browsers; nil if the program does
	namespace   uint64   // the cookie of gorun's network; set with front
	ownDials    []uint16 // the ports from which gorun's probes have connected, oldest first
}

// A way is how gorun comes by a program's descriptors. The README says what speaks for
// each.
type way int

const (
	duplicates way = iota // pidfd_getfd(2)
	ownSockets            // gorun makes the program's sockets, and ptrace(2) at a swap
)

func (w way) String() string {
	if w == ownSockets {
		return "sockets that gorun makes, and ptrace at a swap"
	}
	return "pidfd_getfd"
}

// KeepPorts returns a keeper of ports, or an error that says why there can be
// none here. It costs microseconds. Debug gets a line for each change of state, say
// what the user has to know later on; nil means nobody does.
func KeepPorts(debug func(format string, args ...any), say func(line string)) (*Ports, error) {
	way, err := probe()
	if err != nil {
		return nil, err
	}
	if debug == nil {
		debug = func(string, ...any) {}
	}
	if say == nil {
		say = func(string) {}
	}
	debug("ports: kept by way of %v", way)
	return &Ports{debug: debug, say: say, way: way, lost: make(chan struct{})}, nil
}

// Lost is closed when the ports of a program are not kept after all. Two versions that listen
// on the same address cannot run at a time from then on. Nil Ports never keep any.
func (ps *Ports) Lost() <-chan struct{} {
	if ps == nil {
		return nil
	}
	return ps.lost
}

// lose is called with mu held.
func (ps *Ports) lose() {
	select {
	case <-ps.lost:
	default:
		close(ps.lost)
	}
}

// Close gives all ports up.
func (ps *Ports) Close() {
	if ps == nil {
		return
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.closed = true
	ps.stopUnavailable()
	for _, l := range ps.listeners {
		l.close()
	}
	ps.listeners = nil
}

// adopt keeps, too, the TCP listeners that each program is given, so that they
// are drained and answered for like those that it binds. It reports whether there
// are any.
func (ps *Ports) adopt(ls []procgroup.Listener) (any bool) {
	for _, given := range ls {
		fd, err := unix.FcntlInt(uintptr(given.FD), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			continue
		}
		l := newKeptListener(fd, netip.AddrPort{})
		l.fromListenFDs, l.bound = true, true
		l.port = localPort(fd)
		l.name = given.Name
		known := slices.ContainsFunc(ps.listeners, func(o *keptListener) bool { return o.inode == l.inode })
		if known || l.port == 0 || l.kind.typ != unix.SOCK_STREAM || !l.listening() {
			l.close()
		} else {
			ps.listeners = append(ps.listeners, l)
		}
		any = any || known || l.port != 0
	}
	return any
}
