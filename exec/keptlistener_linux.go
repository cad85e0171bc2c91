//go:build amd64 || arm64

package exec

import (
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A keptListener is gorun's own descriptor of a listening socket that a program
// has open, or had.
type keptListener struct {
	fd            int
	inode         uint64
	key           string // the address, byte for byte
	name          string // for people
	port          uint16
	kind          kind
	delay         time.Duration // from the program's start to its bind
	fromListenFDs bool          // gorun opened it (LISTEN_FDS): never given up

	user      *portUser // the last program that bound it
	userFD    int       // its descriptor there
	wasClosed bool      // it was not there at the last check
}

// A kind is what two sockets must have in common for one to stand for the
// other. What a program sets beyond it after bind it sets again.
type kind struct {
	domain, typ, protocol int
	v6only, reusePort     int
	nonblocking           bool // a property of the open file, not of the descriptor
	device                string
}

func newKeptListener(fd int, addr []byte) *keptListener {
	l := &keptListener{fd: fd}
	ip, port, _ := parseAddr(addr)
	l.key, l.port = string(addr), port
	l.name = netip.AddrPortFrom(ip, port).String()
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil {
		l.inode = st.Ino
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
	}
	l.kind.device, _ = unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE)
	l.kind.nonblocking = nonblocking(fd)
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

// bind binds the socket, the program's and ours, to exactly what the program
// asked for.
func (l *keptListener) bind(addr []byte) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_BIND, uintptr(l.fd), uintptr(unsafe.Pointer(&addr[0])), uintptr(len(addr)))
	return errno
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

func (l *keptListener) close() { unix.Close(l.fd) }
