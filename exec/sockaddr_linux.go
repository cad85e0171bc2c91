//go:build amd64 || arm64

package exec

import (
	"encoding/binary"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

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
