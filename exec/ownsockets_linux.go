//go:build amd64 || arm64

package exec

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Where pidfd_getfd(2) is refused gorun cannot have the socket that a program binds, so
// it makes the program's sockets itself: socket(2) of TCP is answered by gorun, which
// puts a new socket into the program (SECCOMP_IOCTL_NOTIF_ADDFD) and keeps a descriptor
// until it is known what the socket is for. When it is bound to a port it is a listener
// to keep, with all the options that the program has set; when it is connected, or
// bound to no certain port, gorun closes its descriptor before the call is carried out,
// as otherwise the connection would not end with the program's close. The program's
// epoll sets are made in the same way, so that a listener can be taken out of them.
//
// A socket belongs to the user and the network of the process that makes it, so a
// process whose are others makes its own.
//
// Rejected: to make the socket when the program binds it (the options that the program
// has set would have to be learned from each setsockopt(2), those on its connections
// too).

// sweepPause is how often gorun looks through the sockets of which it does not know yet
// what they are for: a program may have closed one, or used it in a way that gorun
// does not see.
const sweepPause = 100 * time.Millisecond

// An ownSocket is one that gorun has made and that is neither bound nor connected.
type ownSocket struct {
	fd      int
	process int // who has it
}

// onSocket answers one socket(2) for TCP.
func (u *portUser) onSocket(n *notification) {
	process := tgid(int(n.thread))
	domain, typ, protocol := int(n.args[0]), int(int32(n.args[1])), int(n.args[2])
	tcp := protocol == 0 || protocol == unix.IPPROTO_TCP || protocol == unix.IPPROTO_MPTCP
	if !tcp || process == 0 || !isLikeGorun(int(n.thread)) {
		u.notify.proceed(n)
		return
	}
	fd, err := unix.Socket(domain, typ|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		u.notify.proceed(n) // which says so, too, unless it is gorun that has too many open
		return
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		u.notify.proceed(n)
		return
	}
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if len(u.own) == 0 {
		time.AfterFunc(sweepPause, u.sweep)
	}
	u.own[st.Ino] = ownSocket{fd, process}
	if err := u.notify.add(n, fd, uint32(typ)&unix.SOCK_CLOEXEC); err != nil {
		u.forgetSocket(st.Ino)
		u.notify.fail(n, err)
	}
}

// onEpollCreate answers epoll_create1(2), and epoll_create(2), which has no flags.
func (u *portUser) onEpollCreate(n *notification, flags uint32) {
	if tgid(int(n.thread)) != u.pid {
		u.notify.proceed(n)
		return
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		u.notify.proceed(n)
		return
	}
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if err := u.notify.add(n, fd, flags&unix.EPOLL_CLOEXEC); err != nil {
		unix.Close(fd)
		u.notify.fail(n, err)
		return
	}
	u.epollSets = append(u.epollSets, fd)
}

// isLikeGorun reports whether a socket that gorun makes is what a thread's own would be:
// of the same user, group and network.
func isLikeGorun(thread int) bool {
	self := os.Getpid()
	for _, field := range []string{"Uid", "Gid"} {
		if statusField(thread, field) != statusField(self, field) {
			return false
		}
	}
	its, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", thread))
	own, oerr := os.Readlink("/proc/self/ns/net")
	return err == nil && oerr == nil && its == own
}

// takeSocket returns gorun's descriptor of a socket that a process is about to bind or
// connect; it belongs to the caller then. Called with mu held.
func (u *portUser) takeSocket(process, number int) (fd int, ok bool) {
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", process, number))
	if err != nil {
		return -1, false
	}
	inode, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimPrefix(link, "socket:["), "]"), 10, 64)
	if err != nil {
		return -1, false
	}
	s, ok := u.own[inode]
	delete(u.own, inode)
	return s.fd, ok
}

// forgetSocket closes gorun's descriptor of a socket. Called with mu held.
func (u *portUser) forgetSocket(inode uint64) {
	if s, ok := u.own[inode]; ok {
		unix.Close(s.fd)
		delete(u.own, inode)
	}
}

// sweep closes gorun's descriptors of sockets that their process has closed, or has
// used already.
func (u *portUser) sweep() {
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	open := make(map[int]map[uint64]bool) // by process
	for inode, s := range maps.Clone(u.own) {
		if open[s.process] == nil {
			open[s.process] = make(map[uint64]bool)
			for _, o := range sockets(s.process) {
				open[s.process][o.inode] = true
			}
		}
		info, err := unix.GetsockoptTCPInfo(s.fd, unix.SOL_TCP, unix.TCP_INFO)
		used := err == nil && info.State != unix.BPF_TCP_CLOSE
		if used || localPort(s.fd) != 0 || !open[s.process][inode] {
			u.forgetSocket(inode)
		}
	}
	if len(u.own) > 0 {
		time.AfterFunc(sweepPause, u.sweep)
	}
}

// closeOwn is called with mu held when the program has ended.
func (u *portUser) closeOwn() {
	for inode := range maps.Clone(u.own) {
		u.forgetSocket(inode)
	}
	for _, fd := range u.epollSets {
		unix.Close(fd)
	}
	for _, fd := range u.fetched {
		unix.Close(fd)
	}
	u.epollSets, u.fetched = nil, nil
}

// add puts our descriptor into the program as the lowest free one and makes the call
// return its number.
//
// Rejected: both in one request (SECCOMP_ADDFD_FLAG_SEND, Linux 5.14). Where a signal ends
// it early, as Go's runtime sends them to its own threads, the program's call returns 0 and
// there is no descriptor. In two the first is made again; in between no signal but
// a deadly one reaches the program's thread (WAIT_KILLABLE_RECV).
func (f notifyFD) add(n *notification, from int, fdFlags uint32) error {
	a := addition{id: n.id, from: uint32(from), fdFlags: fdFlags}
	number, err := f.control(unix.SECCOMP_IOCTL_NOTIF_ADDFD, unsafe.Pointer(&a))
	if err != nil {
		return err
	}
	f.respond(response{id: n.id, value: int64(number)})
	return nil
}

// fail makes the call return an error.
func (f notifyFD) fail(n *notification, err error) {
	errno := unix.EMFILE
	errors.As(err, &errno)
	f.answer(n, errno)
}
