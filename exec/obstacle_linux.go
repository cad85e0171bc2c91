//go:build amd64 || arm64

package exec

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// With -swap=overlap the version before has its ports open while a new one starts. Of the same
// TCP addresses the new one gets the same sockets. Another address of such a port it cannot bind, nor
// what the old one has of UDP or as a unix socket, and neither can what it starts: the kernel
// refuses that until the old version has ended. So it waits in its bind, for gorun to end one of
// the two.

const (
	// obstaclePatience is how long a bind waits for the old version's end, which has a grace:
	// then the kernel says no.
	obstaclePatience = 10 * time.Second
	// obstaclePause is the pause between two looks.
	obstaclePause = 20 * time.Millisecond
)

// awaitsEnd is called with ports.mu held, for a bind to what is called name. inTheWay returns what another
// version has that keeps the kernel from it, "" if nothing does. It reports whether it is worth
// waiting for the end of that; then the call is looked at again later.
func (u *portUser) awaitsEnd(n *notification, name string, inTheWay func(o *portUser) string) bool {
	if u.retiring || u.obstacle != "" && time.Since(u.obstructedAt) > obstaclePatience {
		return false
	}
	for _, o := range u.ports.users {
		if o == u {
			continue
		}
		what := inTheWay(o)
		if what == "" {
			continue
		}
		if u.obstacle == "" {
			u.obstructedAt = time.Now()
			u.obstacle = fmt.Sprintf("the new version cannot bind %s while the old one has %s", name, what)
			u.ports.debug("ports: %s", u.obstacle)
			close(u.obstructed)
		}
		time.AfterFunc(obstaclePause, func() { u.onBind(n) })
		return true
	}
	return false
}

// tcpInTheWay returns the address of a listener of another version with which a socket cannot be bound.
// What the program has started has listeners that are not kept.
func (ps *Ports) tcpInTheWay(candidate *keptListener) func(o *portUser) string {
	return func(o *portUser) string {
		for _, l := range ps.listeners {
			if l.bound && l.conflictsWith(candidate) && o.hasOpen(l) {
				return l.name
			}
		}
		return conflicting(candidate, Listening(o.pid))
	}
}

// udpInTheWay is the same for UDP.
func udpInTheWay(candidate *keptListener) func(o *portUser) string {
	return func(o *portUser) string { return conflicting(candidate, receiving(o.pid)) }
}

// conflicting returns the first of some addresses with which a socket cannot be bound; "" if there is
// none. Whether SO_REUSEPORT is set for those does not show in proc(5); where the socket has it, they
// are taken to have it, too.
func conflicting(candidate *keptListener, addresses []string) string {
	if candidate.kind.reusePort != 0 {
		return ""
	}
	for _, address := range addresses {
		at, err := netip.ParseAddrPort(address)
		l := keptListener{address: at, port: at.Port(), kind: candidate.kind}
		if err == nil && l.conflictsWith(candidate) {
			return address
		}
	}
	return ""
}

// unixInTheWay returns the name of a socket file, or of an abstract socket, that another version has bound.
func unixInTheWay(name string) func(o *portUser) string {
	return func(o *portUser) string {
		if slices.Contains(unixNames(o.pid), name) {
			return "it"
		}
		return ""
	}
}

// obstruction is what awaitsEnd has noted, once the channel is closed.
func (u *portUser) obstruction() (noted <-chan struct{}, what string) {
	if u == nil {
		return nil, ""
	}
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	return u.obstructed, u.obstacle
}
