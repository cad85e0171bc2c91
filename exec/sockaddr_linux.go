//go:build amd64 || arm64

package exec

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// parseAddr reads a struct sockaddr of TCP. The zone of a link-local address is its
// scope's number.
func parseAddr(b []byte) (address netip.AddrPort, ok bool) {
	if len(b) < 2 {
		return address, false
	}
	var ip netip.Addr
	switch family := binary.NativeEndian.Uint16(b); {
	case family == unix.AF_INET && len(b) >= unix.SizeofSockaddrInet4:
		ip = netip.AddrFrom4([4]byte(b[4:8]))
	case family == unix.AF_INET6 && len(b) >= unix.SizeofSockaddrInet6:
		ip = netip.AddrFrom16([16]byte(b[8:24]))
		if scope := binary.NativeEndian.Uint32(b[24:]); scope != 0 {
			ip = ip.WithZone(strconv.Itoa(int(scope)))
		}
	default:
		return address, false
	}
	return netip.AddrPortFrom(ip, binary.BigEndian.Uint16(b[2:])), true
}

// unixName reads the name of a unix socket as proc(5) prints it: "@" before that of an abstract one.
func unixName(b []byte) (name string, ok bool) {
	if len(b) < 3 || binary.NativeEndian.Uint16(b) != unix.AF_UNIX {
		return "", false
	}
	if b = b[2:]; b[0] == 0 {
		return "@" + strings.ReplaceAll(string(b[1:]), "\x00", "@"), true
	}
	path, _, _ := strings.Cut(string(b), "\x00")
	return path, true
}

// peerAddress is a connection's other end as accept(2) has written it.
func peerAddress(conn *net.TCPConn) []byte {
	address := make([]byte, unix.SizeofSockaddrAny)
	size := uint32(len(address))
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil
	}
	err = raw.Control(func(fd uintptr) {
		_, _, errno := unix.Syscall(unix.SYS_GETPEERNAME, fd, uintptr(unsafe.Pointer(&address[0])),
			uintptr(unsafe.Pointer(&size)))
		if errno != 0 {
			size = 0
		}
	})
	if err != nil {
		return nil
	}
	return address[:size]
}

func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	p := tcp.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
}

func sockAddrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), uint16(sa.Port))
	}
	return netip.AddrPort{}
}
