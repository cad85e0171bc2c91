//go:build amd64 || arm64

package exec

import (
	"encoding/binary"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// When a port was used last the kernel knows, for a minute after the end of a connection: sock_diag(7) says of
// one that is open when data came last, and of one in TIME_WAIT, at either end, when that is over.
//
// Rejected: counting in gorun, which sees neither accepts nor what is read on a connection.

const (
	// timeWait is how long a connection stays known after its end: TCP_TIMEWAIT_LEN of Linux.
	timeWait = time.Minute
	// maxOwnDials bounds the connections of gorun's own that are remembered: more than probes make in timeWait.
	maxOwnDials = 1024
)

// LastUse returns when somebody but gorun's own probes last used a kept port, as far as the kernel knows:
// zero if nobody has within the last minute, or if it does not say.
func (ps *Ports) LastUse() time.Time {
	if ps == nil {
		return time.Time{}
	}
	ps.mu.Lock()
	var ports []uint16
	for _, l := range ps.listeners {
		if l.bound {
			ports = append(ports, l.port)
		}
	}
	own := slices.Clone(ps.ownDials)
	ps.mu.Unlock()
	if len(ports) == 0 {
		return time.Time{}
	}
	now := time.Now()
	least := time.Duration(-1)
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		_ = eachConnection(family, func(c knownConnection) {
			client, served := c.remote, slices.Contains(ports, c.local)
			if !served {
				client, served = c.local, c.loopback && slices.Contains(ports, c.remote)
			}
			if served && !slices.Contains(own, client) && (least < 0 || c.unused < least) {
				least = c.unused
			}
		})
	}
	if least < 0 {
		return time.Time{}
	}
	return now.Add(-least)
}

// dialled notes a connection of gorun's own.
func (ps *Ports) dialled(from uint16) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if len(ps.ownDials) == maxOwnDials {
		ps.ownDials = slices.Delete(ps.ownDials, 0, 1)
	}
	ps.ownDials = append(ps.ownDials, from)
}

// A knownConnection is one that exists, or did a moment ago.
type knownConnection struct {
	local, remote uint16 // ports
	loopback      bool   // both ends have the same address, or one of 127.0.0.0/8
	unused        time.Duration
}

// eachConnection calls yield with the TCP connections of gorun's network.
func eachConnection(family uint8, yield func(knownConnection)) error {
	const (
		header, request, message = 16, 56, 72 // nlmsghdr, inet_diag_req_v2, inet_diag_msg
		established, finWait1    = 1, 4       // include/net/tcp_states.h
		finWait2, timeWaiting    = 5, 6
		closeWait, lastAck       = 8, 9
		wantInfo                 = 2  // INET_DIAG_INFO
		lastReceived             = 52 // tcpi_last_data_recv in struct tcp_info, milliseconds
	)
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	native := binary.NativeEndian
	ask := make([]byte, header+request)
	native.PutUint32(ask, uint32(len(ask)))
	native.PutUint16(ask[4:], unix.SOCK_DIAG_BY_FAMILY)
	native.PutUint16(ask[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	ask[header], ask[header+1], ask[header+2] = family, unix.IPPROTO_TCP, 1<<(wantInfo-1)
	native.PutUint32(ask[header+4:],
		1<<established|1<<finWait1|1<<finWait2|1<<timeWaiting|1<<closeWait|1<<lastAck)
	if err := unix.Sendto(s, ask, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	buf := make([]byte, 64<<10)
	for {
		n, _, err := unix.Recvfrom(s, buf, 0)
		if err != nil {
			return err
		}
		for rest := buf[:n]; len(rest) >= header; {
			size := int(native.Uint32(rest))
			if size < header || size > len(rest) {
				return unix.EPROTO
			}
			switch native.Uint16(rest[4:]) {
			case unix.NLMSG_DONE:
				return nil
			case unix.NLMSG_ERROR:
				return unix.EPROTO
			}
			body := rest[header:size]
			rest = rest[min((size+3)&^3, len(rest)):]
			if len(body) < message {
				return unix.EPROTO
			}
			c := knownConnection{
				local: binary.BigEndian.Uint16(body[4:]), remote: binary.BigEndian.Uint16(body[6:]),
				loopback: string(body[8:24]) == string(body[24:40]) || family == unix.AF_INET && body[8] == 127,
			}
			if body[1] == timeWaiting || body[1] == finWait2 {
				left := time.Duration(native.Uint32(body[52:])) * time.Millisecond
				c.unused = max(timeWait-left, 0)
			}
			for a := body[message:]; len(a) >= 4; {
				length := int(native.Uint16(a))
				if length < 4 || length > len(a) {
					break
				}
				if native.Uint16(a[2:]) == wantInfo && length >= 4+lastReceived+4 && body[1] != timeWaiting {
					c.unused = time.Duration(native.Uint32(a[4+lastReceived:])) * time.Millisecond
				}
				a = a[min((length+3)&^3, len(a)):]
			}
			yield(c)
		}
	}
}
