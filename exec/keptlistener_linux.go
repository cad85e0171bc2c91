//go:build amd64 || arm64

package exec

import (
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A keptListener is gorun's own descriptor of a listening socket that a program
// has open, or had.
type keptListener struct {
	fd            int
	inode         uint64
	address       netip.AddrPort // as the program asked for it; the zone is the number of the scope
	bound         bool           // the kernel has bound it
	name          string         // for people
	port          uint16
	kind          kind
	owner         uint32        // the user who made it: SO_REUSEPORT is for one user's sockets
	delay         time.Duration // from the program's start to its bind
	fromListenFDs bool          // gorun opened it (LISTEN_FDS): never given up

	forwarder *forwarder // while gorun passes on the clients of a listener that is open fewer times

	user      *portUser // the last program that bound it
	userFD    int       // its descriptor there
	wasClosed bool      // it was not there at the last check

	speaksFirst atomic.Bool // the program has the first word on its connections
}

// A kind is what two sockets must have in common for one to stand for the other:
// what cannot be changed when a socket is bound. Options that can be are copied
// (socketoptions_linux.go); what a program sets after bind it sets again.
type kind struct {
	domain, typ, protocol int
	v6only, reusePort     int
	freebind, transparent int  // which addresses may be bound
	nonblocking           bool // a property of the open file, not of the descriptor
	device                string
	namespace             uint64 // the cookie of its network namespace (Linux 5.14; 0 before)
}

func newKeptListener(fd int, address netip.AddrPort) *keptListener {
	l := &keptListener{fd: fd, address: address, port: address.Port(), name: address.String()}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil {
		l.inode, l.owner = st.Ino, st.Uid
	}
	option := func(level, name int) int {
		v, _ := unix.GetsockoptInt(fd, level, name)
		return v
	}
	l.kind = kind{
		domain:    option(unix.SOL_SOCKET, unix.SO_DOMAIN),
		typ:       option(unix.SOL_SOCKET, unix.SO_TYPE),
		protocol:  option(unix.SOL_SOCKET, unix.SO_PROTOCOL),
		v6only:    option(unix.IPPROTO_IPV6, unix.IPV6_V6ONLY),
		reusePort: option(unix.SOL_SOCKET, unix.SO_REUSEPORT),

		freebind:    option(unix.IPPROTO_IP, unix.IP_FREEBIND),
		transparent: option(unix.IPPROTO_IP, unix.IP_TRANSPARENT),
	}
	l.kind.device, _ = unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE)
	l.kind.nonblocking = nonblocking(fd)
	l.kind.namespace, _ = unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	return l
}

func nonblocking(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_NONBLOCK != 0
}

// keepable reports whether it is a TCP socket that is not bound yet. Go's
// listeners are MPTCP sockets since 1.24, which serve plain TCP, too.
func (l *keptListener) keepable() bool {
	if l.kind.typ != unix.SOCK_STREAM || l.kind.protocol != unix.IPPROTO_TCP && l.kind.protocol != unix.IPPROTO_MPTCP {
		return false
	}
	switch sa, _ := unix.Getsockname(l.fd); sa := sa.(type) {
	case *unix.SockaddrInet4:
		return sa.Port == 0
	case *unix.SockaddrInet6:
		return sa.Port == 0
	}
	return false
}

func (l *keptListener) listening() bool {
	v, err := unix.GetsockoptInt(l.fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return err == nil && v != 0
}

// connecting reports whether the socket is, or was, one end of a connection.
func (l *keptListener) connecting() bool {
	info, err := unix.GetsockoptTCPInfo(l.fd, unix.SOL_TCP, unix.TCP_INFO)
	return err == nil && info.State != unix.BPF_TCP_CLOSE && info.State != unix.BPF_TCP_LISTEN
}

func (l *keptListener) close() {
	l.forwarder.stop()
	if l.forwarder == nil {
		unix.Close(l.fd)
		return
	}
	// The last clients in its queue, with nothing between the last accept and the
	// close: who comes in between is reset.
	var clients []int
	fd, _, err := unix.Accept4(l.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	for err == nil {
		clients = append(clients, fd)
		fd, _, err = unix.Accept4(l.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	}
	unix.Close(l.fd)
	for _, fd := range clients {
		file := os.NewFile(uintptr(fd), "connection")
		if client, err := net.FileConn(file); err == nil {
			l.forwarder.forward(client, l.address)
		}
		file.Close()
	}
}

// conflictsWith reports whether the kernel would not bind both sockets at a time, as
// one of them listens (inet_csk_get_port).
func (l *keptListener) conflictsWith(o *keptListener) bool {
	switch {
	case l.port != o.port || l.kind.namespace != o.kind.namespace:
		return false
	case l.kind.device != o.kind.device && l.kind.device != "" && o.kind.device != "":
		return false
	case l.kind.reusePort != 0 && o.kind.reusePort != 0 && l.owner == o.owner:
		return false
	}
	return l.covers(o) || o.covers(l)
}

// covers reports whether one socket hears what is sent to the address of another.
func (l *keptListener) covers(o *keptListener) bool {
	a, b := l.address.Addr(), o.address.Addr()
	switch {
	case !a.IsUnspecified():
		return a.Unmap() == b.Unmap()
	case a.Is6():
		return b.Is6() && !b.Is4In6() || l.kind.v6only == 0
	}
	return b.Is4() || b.Is4In6() || b.IsUnspecified() && o.kind.v6only == 0
}
