//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package procgroup

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// sendFilter says that there is no such thing here.
func sendFilter(to int, _ []byte) {
	_ = unix.Sendmsg(to, binary.BigEndian.AppendUint32(nil, uint32(unix.ENOSYS)), nil, nil, 0)
}
