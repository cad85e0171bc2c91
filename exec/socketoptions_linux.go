//go:build amd64 || arm64

package exec

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// The options that a program sets on its socket before bind would be lost with that
// socket when a kept listener takes its place. So gorun reads them and sets them on
// the listener. Rejected: to hand setsockopt(2) to user notification, as every
// accepted connection would pay for the options that servers set on it.
//
// What cannot be read back, or not be set on a socket that listens, is left out:
// socket filters (SO_ATTACH_FILTER) and keys (TCP_MD5SIG).

// A socketOption is one that is an int.
type socketOption struct{ level, name int }

// socketOptions are in the order in which they are set: IP_TOS sets the priority, too.
var socketOptions = []socketOption{
	{unix.SOL_SOCKET, unix.SO_REUSEADDR},
	{unix.SOL_SOCKET, unix.SO_KEEPALIVE},
	{unix.SOL_SOCKET, unix.SO_DONTROUTE},
	{unix.SOL_SOCKET, unix.SO_OOBINLINE},
	{unix.SOL_SOCKET, unix.SO_RCVLOWAT},
	{unix.SOL_SOCKET, unix.SO_MARK},
	{unix.SOL_SOCKET, unix.SO_BUSY_POLL},
	{unix.SOL_SOCKET, unix.SO_PREFER_BUSY_POLL},
	{unix.SOL_SOCKET, unix.SO_INCOMING_CPU},
	{unix.SOL_SOCKET, unix.SO_MAX_PACING_RATE},
	{unix.SOL_SOCKET, unix.SO_ZEROCOPY},
	{unix.SOL_SOCKET, unix.SO_TIMESTAMP},
	{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS},
	{unix.IPPROTO_IP, unix.IP_TOS},
	{unix.IPPROTO_IP, unix.IP_TTL},
	{unix.IPPROTO_IP, unix.IP_MINTTL},
	{unix.IPPROTO_IP, unix.IP_MTU_DISCOVER},
	{unix.IPPROTO_IP, unix.IP_RECVERR},
	{unix.IPPROTO_IPV6, unix.IPV6_TCLASS},
	{unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS},
	{unix.IPPROTO_IPV6, unix.IPV6_MINHOPCOUNT},
	{unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER},
	{unix.IPPROTO_IPV6, unix.IPV6_RECVERR},
	{unix.SOL_SOCKET, unix.SO_PRIORITY},
	{unix.IPPROTO_TCP, unix.TCP_NODELAY},
	maxSegment,
	{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE},
	{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL},
	{unix.IPPROTO_TCP, unix.TCP_KEEPCNT},
	{unix.IPPROTO_TCP, unix.TCP_SYNCNT},
	{unix.IPPROTO_TCP, unix.TCP_LINGER2},
	{unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT},
	{unix.IPPROTO_TCP, unix.TCP_WINDOW_CLAMP},
	{unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT},
	{unix.IPPROTO_TCP, unix.TCP_FASTOPEN},
	{unix.IPPROTO_TCP, unix.TCP_FASTOPEN_NO_COOKIE},
	{unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT},
	{unix.IPPROTO_TCP, unix.TCP_SAVE_SYN},
	{unix.IPPROTO_TCP, unix.TCP_THIN_LINEAR_TIMEOUTS},
	{unix.IPPROTO_TCP, unix.TCP_INQ},
	{unix.IPPROTO_TCP, unix.TCP_TX_DELAY},
}

var maxSegment = socketOption{unix.IPPROTO_TCP, unix.TCP_MAXSEG}

// noMaxSegment is what the kernel reports for TCP_MAXSEG where none was set
// (linux/tcp.h, TCP_MSS_DEFAULT).
const noMaxSegment = 536

// copySocketOptions gives one socket the options of another.
func copySocketOptions(to, from int) error {
	for _, o := range socketOptions {
		want, err := unix.GetsockoptInt(from, o.level, o.name)
		if err != nil {
			continue // not of this kind of socket, or of this kernel
		}
		if is, err := unix.GetsockoptInt(to, o.level, o.name); err == nil && is == want {
			continue
		}
		if o == maxSegment && want == noMaxSegment {
			want = 0 // which takes the limit away
		}
		if err := unix.SetsockoptInt(to, o.level, o.name, want); err != nil {
			return fmt.Errorf("option %d of level %d: %w", o.name, o.level, err)
		}
	}
	for name, force := range map[int]int{unix.SO_RCVBUF: unix.SO_RCVBUFFORCE, unix.SO_SNDBUF: unix.SO_SNDBUFFORCE} {
		if err := copyBufferSize(to, from, name, force); err != nil {
			return err
		}
	}
	if lock, err := unix.GetsockoptInt(from, unix.SOL_SOCKET, unix.SO_BUF_LOCK); err == nil {
		// Without the lock the kernel chooses the size for each connection.
		_ = unix.SetsockoptInt(to, unix.SOL_SOCKET, unix.SO_BUF_LOCK, lock)
	}
	for _, name := range []int{unix.SO_RCVTIMEO, unix.SO_SNDTIMEO} {
		if want, err := unix.GetsockoptTimeval(from, unix.SOL_SOCKET, name); err == nil {
			if err := unix.SetsockoptTimeval(to, unix.SOL_SOCKET, name, want); err != nil {
				return fmt.Errorf("a timeout: %w", err)
			}
		}
	}
	if want, err := unix.GetsockoptLinger(from, unix.SOL_SOCKET, unix.SO_LINGER); err == nil {
		if err := unix.SetsockoptLinger(to, unix.SOL_SOCKET, unix.SO_LINGER, want); err != nil {
			return fmt.Errorf("SO_LINGER: %w", err)
		}
	}
	want, err := unix.GetsockoptString(from, unix.IPPROTO_TCP, unix.TCP_CONGESTION)
	is, _ := unix.GetsockoptString(to, unix.IPPROTO_TCP, unix.TCP_CONGESTION)
	if err == nil && is != want {
		if err := unix.SetsockoptString(to, unix.IPPROTO_TCP, unix.TCP_CONGESTION, want); err != nil {
			return fmt.Errorf("TCP_CONGESTION: %w", err)
		}
	}
	return nil
}

// copyBufferSize copies SO_RCVBUF or SO_SNDBUF. The kernel reports twice what was set
// (socket(7)); force is the option that root has for more than the system's limit.
func copyBufferSize(to, from, name, force int) error {
	want, err := unix.GetsockoptInt(from, unix.SOL_SOCKET, name)
	if err != nil {
		return nil
	}
	for _, set := range []int{name, force} {
		if is, err := unix.GetsockoptInt(to, unix.SOL_SOCKET, name); err == nil && is == want {
			return nil
		}
		err = unix.SetsockoptInt(to, unix.SOL_SOCKET, set, want/2)
	}
	if err != nil {
		return fmt.Errorf("a buffer of %d bytes: %w", want/2, err)
	}
	return nil
}
