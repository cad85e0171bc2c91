//go:build amd64 || arm64

package exec

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
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

	mu      sync.Mutex
	held    []*kept
	tenants []*tenant // programs that run
	broken  bool      // the kernel refused what the probe had promised
	down    *time.Timer
	answers *answers // while gorun answers for a program that is down
	closed  bool
}

// KeepPorts returns a keeper of ports, or an error that says why there can be
// none here. It costs microseconds.
func KeepPorts(debug func(format string, args ...any)) (*Ports, error) {
	if err := probe(); err != nil {
		return nil, err
	}
	if debug == nil {
		debug = func(string, ...any) {}
	}
	return &Ports{debug: debug}, nil
}

// Close gives all ports up.
func (ps *Ports) Close() {
	if ps == nil {
		return
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.closed = true
	ps.stopAnswering()
	for _, l := range ps.held {
		l.close()
	}
	ps.held = nil
}

// A tenant is a running program that uses kept ports. A nil tenant is a program
// that uses none.
type tenant struct {
	ports   *Ports
	socket  [2]int // for the notification descriptor; ours and the keeper's
	to      *os.File
	in      inbox
	pid     int
	pidfd   int
	started time.Time
	expects bool // the version before listened
	given   bool // it has listeners from its start

	// Guarded by ports.mu:
	retiring bool           // nothing is handed over any more
	parked   []notification // binds that came too late
	released bool           // it has had its signal: later ones are not parked

	bound     chan struct{} // closed by serve at the first bind of a kept port
	boundOnce sync.Once
	served    chan struct{} // closed when serve has returned
}

// prepare is called before a program starts.
func (ps *Ports) prepare(spec *procgroup.Spec) *tenant {
	if ps == nil {
		return nil
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.stopAnswering()
	if ps.broken {
		return nil
	}
	given := ps.adopt(spec.Listeners)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		ps.debug("ports: socketpair: %v", err)
		return nil
	}
	t := &tenant{
		ports: ps, socket: pair, pidfd: -1,
		to:      os.NewFile(uintptr(pair[1]), "filter"),
		expects: len(ps.held) > 0, given: given,
		bound: make(chan struct{}), served: make(chan struct{}),
	}
	spec.Filter = &procgroup.Filter{Code: bindFilter(), To: t.to}
	return t
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
		l := newKept(fd, nil)
		l.given = true
		l.port = localPort(fd)
		l.name = given.Name
		known := slices.ContainsFunc(ps.held, func(o *kept) bool { return o.inode == l.inode })
		if known || l.port == 0 || l.kind.typ != unix.SOCK_STREAM || !l.listening() {
			l.close()
		} else {
			ps.held = append(ps.held, l)
		}
		any = any || known || l.port != 0
	}
	return any
}

// begin is called when the program runs, with pid 0 if it could not be started.
func (t *tenant) begin(pid int) {
	if t == nil {
		return
	}
	t.to.Close()
	defer unix.Close(t.socket[0])
	if t.given {
		t.boundOnce.Do(func() { close(t.bound) })
	}
	if pid == 0 {
		close(t.served)
		t.ports.leave(t, "it could not be started")
		return
	}
	t.pid, t.started = pid, time.Now()
	in, err := receiveInbox(t.socket[0])
	if err == nil {
		if t.pidfd, err = unix.PidfdOpen(pid, 0); err != nil {
			in.close()
		}
	}
	if err != nil {
		// An inbox that is closed makes the program's binds fail with ENOSYS,
		// but a program without a pidfd has ended.
		t.ports.debug("ports: not kept: %v", err)
		close(t.served)
		return
	}
	t.in = in
	t.ports.mu.Lock()
	t.ports.tenants = append(t.ports.tenants, t)
	t.ports.mu.Unlock()
	go t.serve()
}

// end is called when the program has ended.
func (t *tenant) end(how string) {
	if t == nil {
		return
	}
	if t.in.file != nil {
		t.in.close()
	}
	<-t.served
	t.ports.leave(t, how)
	t.ports.mu.Lock()
	defer t.ports.mu.Unlock()
	if t.pidfd >= 0 {
		unix.Close(t.pidfd)
		t.pidfd = -1
	}
}

// leave takes a program off the list. With the last one the clients' wait
// begins.
func (ps *Ports) leave(t *tenant, how string) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.tenants = slices.DeleteFunc(ps.tenants, func(o *tenant) bool { return o == t })
	if len(ps.tenants) == 0 && len(ps.held) > 0 && !ps.closed {
		ps.answerLater("the program is down: " + how)
	}
}

// serve answers the program's binds until it has ended.
func (t *tenant) serve() {
	defer close(t.served)
	for {
		n, err := t.in.receive()
		if err != nil {
			return
		}
		t.onBind(&n)
	}
}

// onBind decides about one bind(2).
func (t *tenant) onBind(n *notification) {
	if tgid(int(n.thread)) != t.pid {
		t.in.proceed(n)
		return
	}
	addr, ok := readMemory(int(n.thread), n.args[1], n.args[2])
	if !ok || !isPort(addr) {
		t.in.proceed(n)
		return
	}
	t.ports.mu.Lock()
	defer t.ports.mu.Unlock()
	fd := int(int32(n.args[0]))
	own, err := unix.PidfdGetfd(t.pidfd, fd, 0)
	if err != nil || !t.in.valid(n) {
		if err == unix.EPERM || err == unix.ENOSYS {
			t.ports.debug("ports: not kept: pidfd_getfd: %v", err)
			t.ports.broken = true
		}
		if err == nil {
			unix.Close(own)
		}
		t.in.proceed(n)
		return
	}
	candidate := newKept(own, addr)
	if !candidate.keepable() {
		candidate.close()
		t.in.proceed(n)
		return
	}
	if t.retiring && slices.ContainsFunc(t.ports.held, func(l *kept) bool { return l.key == candidate.key }) {
		// It is stopped before it is up; what it would accept now would be
		// lost. It waits here for its signal. Go's net tries TCP where MPTCP
		// has failed, so this is for sockets of every kind.
		candidate.close()
		if t.released {
			t.in.answer(n, unix.EINTR)
		} else {
			t.parked = append(t.parked, *n)
		}
		return
	}
	if l := t.ports.find(candidate, t); l != nil {
		err := t.in.replace(n, l.fd, fd, closeOnExec(t.pid, fd))
		candidate.close()
		if err != nil {
			t.ports.debug("ports: %s: not handed over: %v", l.name, err)
			t.in.proceed(n)
			return
		}
		t.ports.debug("ports: %s handed over to %d", l.name, t.pid)
		l.user, l.at, l.closed = t, fd, false
		t.in.answer(n, 0)
		t.boundOnce.Do(func() { close(t.bound) })
		return
	}
	if errno := candidate.bind(addr); errno != 0 {
		candidate.close()
		t.in.answer(n, errno)
		return
	}
	candidate.delay = time.Since(t.started)
	candidate.user, candidate.at = t, fd
	t.ports.held = append(t.ports.held, candidate)
	t.ports.debug("ports: %s of %d kept", candidate.name, t.pid)
	t.in.answer(n, 0)
	t.boundOnce.Do(func() { close(t.bound) })
	t.ports.checkLater(candidate, 0)
}

// release is called when a retiring program is sent its signal. A thread that
// waits in bind wakes for nothing but a fatal signal, and the kernel may have
// chosen that very thread for this one; so its bind ends, as if by the signal.
func (t *tenant) release() {
	if t == nil {
		return
	}
	time.AfterFunc(signalTime, func() {
		t.ports.mu.Lock()
		defer t.ports.mu.Unlock()
		for i := range t.parked {
			t.in.answer(&t.parked[i], unix.EINTR)
		}
		t.parked, t.released = nil, true
	})
}

// signalTime is what a signal takes by way of the keeper, and more.
const signalTime = 20 * time.Millisecond

// find returns the kept listener that stands for a program's new socket: of the
// same address and kind, and not open in the program yet. A program may bind an
// address several times, with SO_REUSEPORT. One of another kind is given up,
// unless a program uses it.
func (ps *Ports) find(candidate *kept, t *tenant) *kept {
	for _, l := range ps.held {
		if l.given || l.key != candidate.key || t.holds(l) {
			continue
		}
		if l.kind == candidate.kind {
			return l
		}
		if !slices.ContainsFunc(ps.tenants, func(o *tenant) bool { return o.holds(l) }) {
			ps.drop(l, "options changed")
			return ps.find(candidate, t)
		}
	}
	return nil
}

// holds reports whether a program has a listener open.
func (t *tenant) holds(l *kept) bool {
	return slices.ContainsFunc(sockets(t.pid), func(s socket) bool { return s.inode == l.inode })
}

// drop gives one listener up.
func (ps *Ports) drop(l *kept, why string) {
	ps.debug("ports: %s given up: %s", l.name, why)
	ps.held = slices.DeleteFunc(ps.held, func(o *kept) bool { return o == l })
	l.close()
}

// looks are when a new listener is looked at; the last pause repeats. A socket
// that was bound to connect from is not one, and as long as gorun holds it, too,
// its connection does not end with the program's close. And a program may close
// its listener and go on: nobody would ever accept.
var looks = []time.Duration{5 * time.Millisecond, 100 * time.Millisecond, time.Second}

func (ps *Ports) checkLater(l *kept, look int) {
	time.AfterFunc(looks[look], func() {
		ps.mu.Lock()
		defer ps.mu.Unlock()
		last := look == len(looks)-1
		switch {
		case !slices.Contains(ps.held, l):
		case !l.listening() && (last || l.connecting()):
			ps.drop(l, "nobody listens on it")
		case last && ps.abandoned(l):
			ps.drop(l, "the program has closed it")
		default:
			ps.checkLater(l, min(look+1, len(looks)-1))
		}
	})
}

// abandoned reports whether the program that bound a listener runs on without it.
// It must have been so at the look before, too: a process that ends loses its
// descriptors a moment before it has ended.
func (ps *Ports) abandoned(l *kept) bool {
	t := l.user
	if t.retiring || !slices.Contains(ps.tenants, t) {
		l.closed = false
		return false
	}
	was := l.closed
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", t.pid, l.at))
	l.closed = (err != nil || link != fmt.Sprintf("socket:[%d]", l.inode)) && !t.holds(l)
	return was && l.closed
}

// awaitReady waits until the program is ready, and reports whether it is.
func (t *tenant) awaitReady(exited <-chan struct{}) bool {
	if t == nil || t.in.file == nil {
		return moment(exited)
	}
	patience := readyMoment
	if t.expects {
		patience = readyPatience
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-exited:
		return false
	case <-limit.C:
		return true
	case <-t.bound:
	}
	// Between bind and accept there is listen and, in Go, the poller.
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	looks := 200
	if t.given {
		looks = int(patience / (5 * time.Millisecond))
		poll.Reset(5 * time.Millisecond)
	}
	for range looks {
		select {
		case <-exited:
			return false
		case <-poll.C:
			if t.polls() {
				return true
			}
		}
	}
	return true
}

// settle gives up, when the new version has had time to bind them, those
// listeners of the old that it did not want.
func (t *tenant) settle(exited <-chan struct{}) {
	if t == nil || t.in.file == nil {
		return
	}
	t.ports.mu.Lock()
	wait := unclaimedAfter
	for _, l := range t.ports.held {
		wait = max(wait, 2*l.delay)
	}
	t.ports.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-exited:
		return
	case <-timer.C:
	}
	t.ports.mu.Lock()
	defer t.ports.mu.Unlock()
	if t.retiring {
		return // it has closed what it listened on, and the next version will want it
	}
	for _, l := range slices.Clone(t.ports.held) {
		if !l.given && l.user != t && !slices.ContainsFunc(t.ports.tenants, func(o *tenant) bool { return o.holds(l) }) {
			t.ports.drop(l, "this version does not listen there")
		}
	}
}

// isPort reports whether a struct sockaddr names a port of TCP's.
func isPort(addr []byte) bool {
	_, port, ok := parseAddr(addr)
	return ok && port != 0
}

func parseAddr(b []byte) (ip netip.Addr, port uint16, ok bool) {
	if len(b) < 2 {
		return ip, 0, false
	}
	switch family := binary.NativeEndian.Uint16(b); {
	case family == unix.AF_INET && len(b) >= unix.SizeofSockaddrInet4:
		ip = netip.AddrFrom4([4]byte(b[4:8]))
	case family == unix.AF_INET6 && len(b) >= unix.SizeofSockaddrInet6:
		ip = netip.AddrFrom16([16]byte(b[8:24]))
	default:
		return ip, 0, false
	}
	return ip, binary.BigEndian.Uint16(b[2:]), true
}
