//go:build amd64 || arm64

package exec

import (
	"fmt"
	"net/netip"
	"time"
)

// With -swap=overlap the version before has its ports open while a new one starts. Of the same
// addresses the new one gets the same sockets. Another address of such a port it cannot bind, and
// neither can what it starts: the kernel refuses that until the old version has ended. So it waits
// in its bind, for gorun to end one of the two.

const (
	// obstaclePatience is how long a bind waits for the old version's end, which has a grace:
	// then the kernel says no.
	obstaclePatience = 10 * time.Second
	// obstaclePause is the pause between two looks.
	obstaclePause = 20 * time.Millisecond
)

// awaitsEnd is called with ports.mu held. It reports whether the kernel would not bind a socket because
// another version has a kept listener open, and it is worth waiting for the end of that. Then the
// call is looked at again later.
func (u *portUser) awaitsEnd(candidate *keptListener, n *notification) bool {
	if u.retiring || u.obstacle != "" && time.Since(u.obstructedAt) > obstaclePatience {
		return false
	}
	name := u.inTheWay(candidate)
	if name == "" {
		return false
	}
	if u.obstacle == "" {
		u.obstructedAt = time.Now()
		u.obstacle = fmt.Sprintf("the new version cannot bind %s while the old one has %s", candidate.name, name)
		u.ports.debug("ports: %s", u.obstacle)
		close(u.obstructed)
	}
	candidate.close()
	time.AfterFunc(obstaclePause, func() { u.onBind(n) })
	return true
}

// inTheWay is called with ports.mu held. It returns the address of another version's listener with which
// a socket cannot be bound; "" if there is none. What the program has started has listeners
// that are not kept.
func (u *portUser) inTheWay(candidate *keptListener) string {
	for _, o := range u.ports.users {
		if o == u {
			continue
		}
		for _, l := range u.ports.listeners {
			if l.bound && l.conflictsWith(candidate) && o.hasOpen(l) {
				return l.name
			}
		}
		if candidate.kind.reusePort != 0 {
			continue // who else has set that does not show in proc(5)
		}
		for _, address := range Listening(o.pid) {
			at, err := netip.ParseAddrPort(address)
			l := keptListener{address: at, port: at.Port(), kind: candidate.kind}
			if err == nil && l.conflictsWith(candidate) {
				return address
			}
		}
	}
	return ""
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
