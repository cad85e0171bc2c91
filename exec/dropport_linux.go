//go:build amd64 || arm64

package exec

import (
	"fmt"
	"os"
	"slices"
	"time"
)

// checkPauses are the pauses between the checks of a new listener; the last pause repeats. A socket
// may have been bound to connect from; as long as gorun has it open, too, its
// connection does not end when the program closes it. And a program may close its
// listener and go on: nobody would ever accept. A program that has listened for a while rarely does,
// and to be woken each second costs gorun more than all else that it does while nobody saves.
var checkPauses = []time.Duration{
	5 * time.Millisecond, 100 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second,
}

// listensBy is the first of the checks at which a program must have begun to listen.
const listensBy = 2

func (ps *Ports) checkLater(l *keptListener, pause int) {
	time.AfterFunc(checkPauses[pause], func() {
		ps.mu.Lock()
		defer ps.mu.Unlock()
		late := pause >= listensBy
		switch {
		case !slices.Contains(ps.listeners, l):
		case !l.listening() && (late || l.connecting()):
			ps.drop(l, "nobody listens on it")
		case late && ps.closedByUser(l):
			ps.drop(l, "the program has closed it")
		case late && l.wasClosed:
			ps.checkLater(l, listensBy) // soon: clients wait in vain
		default:
			ps.checkLater(l, min(pause+1, len(checkPauses)-1))
		}
	})
}

// closedByUser reports whether the program that bound a listener runs on without it.
// It must have been so at the check before, too: a process that ends loses its
// descriptors a moment before it has ended.
func (ps *Ports) closedByUser(l *keptListener) bool {
	u := l.user
	if u.retiring || !slices.Contains(ps.users, u) {
		l.wasClosed = false
		return false
	}
	was := l.wasClosed
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", u.pid, l.userFD))
	l.wasClosed = (err != nil || link != fmt.Sprintf("socket:[%d]", l.inode)) && !u.hasOpen(l)
	return was && l.wasClosed
}

// dropAll gives up all listeners but those that gorun has opened itself.
func (ps *Ports) dropAll(why string) {
	for _, l := range slices.Clone(ps.listeners) {
		if !l.fromListenFDs {
			ps.drop(l, why)
		}
	}
}

// makeWay gives up the listeners that nobody uses and that would keep a socket from
// being bound: the program listens on another address of the same port now.
func (ps *Ports) makeWay(candidate *keptListener) {
	for _, l := range slices.Clone(ps.listeners) {
		if !l.fromListenFDs && l.conflictsWith(candidate) && !ps.inUse(l) {
			ps.drop(l, candidate.name+" is bound")
		}
	}
}

// dropUnclaimed gives up those listeners of the version before that this one has
// not bound, when it has had the time to.
func (u *portUser) dropUnclaimed(exited <-chan struct{}) {
	if u == nil || u.notify.file == nil {
		return
	}
	u.ports.mu.Lock()
	u.forwardUnclaimed()
	wait := unclaimedAfter
	for _, l := range u.ports.listeners {
		wait = max(wait, 2*l.delay)
	}
	u.ports.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-exited:
		return
	case <-timer.C:
	}
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if u.retiring {
		return // it has closed what it listened on, and the next version will want it
	}
	for _, l := range slices.Clone(u.ports.listeners) {
		if !l.fromListenFDs && l.user != u && !u.ports.inUse(l) {
			u.ports.drop(l, "this version does not listen there")
		}
	}
}

// drop gives one listener up.
func (ps *Ports) drop(l *keptListener, why string) {
	ps.debug("ports: %s given up: %s", l.name, why)
	ps.listeners = slices.DeleteFunc(ps.listeners, func(o *keptListener) bool { return o == l })
	l.close()
}
