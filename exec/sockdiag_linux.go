//go:build amd64 || arm64

package exec

import (
	"encoding/binary"
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// acceptedInode returns the inode of the socket that has accepted a connection, in
// gorun's network: its own address is at, its peer's is peer. It is 0 as long as nobody
// has. It asks sock_diag(7), which finds one socket among many at once, and reads
// /proc/net/tcp where that is refused.
func acceptedInode(at, peer netip.AddrPort) uint64 {
	inode, err := askSockDiag(at, peer)
	if err == nil || err == unix.ENOENT {
		return inode
	}
	for e := range tcpEntries(os.Getpid()) {
		local, lok := procAddress(e.local)
		remote, rok := procAddress(e.remote)
		if lok && rok && local == at.String() && remote == peer.String() {
			inode, _ = strconv.ParseUint(e.inode, 10, 64)
			return inode
		}
	}
	return 0
}

// askSockDiag sends struct inet_diag_req_v2 for one socket and reads struct
// inet_diag_msg (linux/inet_diag.h). The error is ENOENT if there is no such socket.
func askSockDiag(at, peer netip.AddrPort) (inode uint64, err error) {
	const (
		header, request  = 16, 56
		idAt             = 8 // of struct inet_diag_sockid in a request
		stateAt, inodeAt = 1, 68
	)
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, err
	}
	defer unix.Close(s)
	native := binary.NativeEndian
	message := make([]byte, header+request)
	native.PutUint32(message, uint32(len(message)))
	native.PutUint16(message[4:], unix.SOCK_DIAG_BY_FAMILY)
	native.PutUint16(message[6:], unix.NLM_F_REQUEST)
	body := message[header:]
	body[0], body[1] = unix.AF_INET6, unix.IPPROTO_TCP
	if at.Addr().Is4() {
		body[0] = unix.AF_INET
	}
	native.PutUint32(body[4:], ^uint32(0)) // any state
	id := body[idAt:]
	binary.BigEndian.PutUint16(id, at.Port())
	binary.BigEndian.PutUint16(id[2:], peer.Port())
	copy(id[4:20], at.Addr().AsSlice())
	copy(id[20:36], peer.Addr().AsSlice())
	native.PutUint64(id[40:], ^uint64(0)) // no cookie
	if err := unix.Sendto(s, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	answer := make([]byte, 1024)
	n, _, err := unix.Recvfrom(s, answer, 0)
	if err != nil {
		return 0, err
	}
	answer = answer[:n]
	switch {
	case n >= header+4 && native.Uint16(answer[4:]) == unix.NLMSG_ERROR:
		return 0, unix.Errno(-int32(native.Uint32(answer[header:])))
	case n < header+inodeAt+4:
		return 0, unix.EPROTO
	case answer[header+stateAt] == unix.BPF_TCP_LISTEN: // nobody is connected so
		return 0, unix.ENOENT
	}
	return uint64(native.Uint32(answer[header+inodeAt:])), nil
}
