//go:build amd64 || arm64

package exec

import (
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// A portUser is a running program whose ports are kept. Nil is a program whose
// ports are not.
type portUser struct {
	ports          *Ports
	socket         [2]int // for the notification descriptor; ours and the keeper's
	to             *os.File
	notify         notifyFD
	pid            int
	pidfd          int
	startedAt      time.Time
	listenedBefore bool // the version before listened
	hasListenFDs   bool // it has listeners from its start

	// Guarded by ports.mu:
	retiring     bool           // nothing is handed over any more
	waitingBinds []notification // binds that came too late
	signalled    bool           // it has had its signal: later binds do not wait

	ownConnections ownConnections
	passages       []*Passage // of a front, that it has accepted; guarded by ports.mu

	// Of ownSockets only, guarded by ports.mu:
	own       map[uint64]ownSocket // by inode: what gorun has made and does not know the use of yet
	epollSets []int                // the program's, made by gorun
	fetched   map[uint64]int       // by inode: connections of a program that is to end
	fetches   int                  // how often fetching them has failed

	obstacle     string        // what it cannot bind while another version runs, in words; guarded by ports.mu
	obstructedAt time.Time     // since when; guarded by ports.mu
	obstructed   chan struct{} // closed then

	bound     chan struct{} // closed by serve at the first bind of a kept port
	boundOnce sync.Once
	served    chan struct{} // closed when serve has returned
}

// newUser is called before a program starts. It gives the program the filter that
// hands its binds to gorun.
func (ps *Ports) newUser(spec *procgroup.Spec) *portUser {
	if ps == nil {
		return nil
	}
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.stopUnavailable()
	if ps.broken {
		ps.dropAll("ports are not kept any more")
		return nil
	}
	if how := GainsPrivileges(spec.Path, spec.Dir); how != "" {
		ps.debug("ports: not kept: %q gains privileges by %s", spec.Path, how)
		ps.dropAll("the program's ports are not kept")
		ps.lose()
		return nil
	}
	given := ps.adopt(spec.Listeners)
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		ps.debug("ports: socketpair: %v", err)
		return nil
	}
	u := &portUser{
		ports: ps, socket: pair, pidfd: -1,
		to:             os.NewFile(uintptr(pair[1]), "filter"),
		listenedBefore: slices.ContainsFunc(ps.listeners, func(l *keptListener) bool { return l.bound }), hasListenFDs: given,
		own:        make(map[uint64]ownSocket),
		obstructed: make(chan struct{}),
		bound:      make(chan struct{}), served: make(chan struct{}),
	}
	spec.Filter = &procgroup.Filter{Code: seccompFilter(traps(ps.way, ps.front != nil)), To: u.to}
	return u
}

// started is called when the program runs, with pid 0 if it could not be started.
func (u *portUser) started(pid int) {
	if u == nil {
		return
	}
	u.to.Close()
	defer unix.Close(u.socket[0])
	if u.hasListenFDs {
		u.boundOnce.Do(func() { close(u.bound) })
	}
	if pid == 0 {
		close(u.served)
		u.ports.removeUser(u, "it could not be started")
		return
	}
	u.pid, u.startedAt = pid, time.Now()
	in, err := receiveNotifyFD(u.socket[0])
	if err == nil {
		if u.pidfd, err = unix.PidfdOpen(pid, 0); err != nil {
			in.close()
		}
	}
	if err != nil {
		// A notifyFD that is closed makes the program's binds fail with ENOSYS,
		// but a program without a pidfd has ended.
		u.ports.debug("ports: not kept: %v", err)
		close(u.served)
		return
	}
	u.notify = in
	u.ports.mu.Lock()
	u.ports.users = append(u.ports.users, u)
	u.ports.mu.Unlock()
	go u.serve()
}

// ended is called when the program has ended.
func (u *portUser) ended(how string) {
	if u == nil {
		return
	}
	if u.notify.file != nil {
		u.notify.stop()
	}
	<-u.served
	if u.notify.file != nil {
		u.notify.close()
	}
	u.ports.removeUser(u, how)
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if u.pidfd >= 0 {
		unix.Close(u.pidfd)
		u.pidfd = -1
	}
	u.closeOwn()
}

// removeUser takes a program off the list of those that run. When it was the last
// one its clients begin to wait.
func (ps *Ports) removeUser(u *portUser, how string) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.users = slices.DeleteFunc(ps.users, func(o *portUser) bool { return o == u })
	u.retirePassages()
	if len(ps.users) == 0 && len(ps.listeners) > 0 && !ps.closed {
		ps.answerUnavailableLater("the program is down: " + how)
	}
}

// serve answers the calls that the program's filter hands on, until it has ended.
func (u *portUser) serve() {
	defer close(u.served)
	for {
		n, err := u.notify.receive()
		if err != nil {
			return
		}
		u.onCall(&n)
	}
}

// hasOpen reports whether a program has a listener open.
func (u *portUser) hasOpen(l *keptListener) bool {
	return slices.ContainsFunc(sockets(u.pid), func(s socket) bool { return s.inode == l.inode })
}

// inUse reports whether any program that runs has a listener open.
func (ps *Ports) inUse(l *keptListener) bool {
	return slices.ContainsFunc(ps.users, func(u *portUser) bool { return u.hasOpen(l) })
}
