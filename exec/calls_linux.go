//go:build amd64 || arm64

package exec

import "golang.org/x/sys/unix"

// The system calls of a program, and of what it starts, that gorun answers. Each costs
// the program about 0.05 ms more than without gorun, so they are few.

// traps are those calls: bind for what Ports is about; connect, so that a program does
// not take a kept port for another instance of itself; and a seccomp filter with user
// notification, of which the kernel gives a process one.
// Where browsers have a front, accept, too; where gorun makes the program's sockets, the
// making of them and of epoll sets.
func traps(w way, front bool) []trap {
	const all = ^uint32(0)
	list := []trap{
		{number: unix.SYS_BIND},
		{number: unix.SYS_CONNECT},
		{number: unix.SYS_SECCOMP, tests: []argumentTest{
			{argument: 0, mask: all, value: unix.SECCOMP_SET_MODE_FILTER},
			{argument: 1, mask: unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, value: unix.SECCOMP_FILTER_FLAG_NEW_LISTENER},
		}},
	}
	if front {
		list = append(list, trap{number: unix.SYS_ACCEPT4}, trap{number: unix.SYS_ACCEPT})
	}
	if w != ownSockets {
		return list
	}
	for _, domain := range []uint32{unix.AF_INET, unix.AF_INET6} {
		list = append(list, trap{number: unix.SYS_SOCKET, tests: []argumentTest{
			{argument: 0, mask: all, value: domain},
			{argument: 1, mask: typeMask, value: unix.SOCK_STREAM},
		}})
	}
	for _, number := range epollCreateCalls {
		list = append(list, trap{number: number})
	}
	return list
}

// typeMask is for the type of a socket without its flags (linux/net.h, SOCK_TYPE_MASK).
const typeMask = 0xf

// onCall answers one call.
func (u *portUser) onCall(n *notification) {
	switch n.number {
	case unix.SYS_BIND:
		u.onBind(n)
	case unix.SYS_CONNECT:
		u.onConnect(n)
	case unix.SYS_SECCOMP:
		u.onSeccomp(n)
	case unix.SYS_ACCEPT4:
		u.onAccept(n, n.args[3])
	case unix.SYS_ACCEPT:
		u.onAccept(n, 0)
	case unix.SYS_SOCKET:
		u.onSocket(n)
	case unix.SYS_EPOLL_CREATE1:
		u.onEpollCreate(n, uint32(n.args[0]))
	default: // there is no other but epoll_create(2)
		u.onEpollCreate(n, 0)
	}
}

// onSeccomp is a program's wish for user notification. The kernel refuses it with
// EBUSY, as the program has gorun's filter; the next version will have none. An
// address of 0 is a question to the kernel and installs nothing.
func (u *portUser) onSeccomp(n *notification) {
	defer u.notify.proceed(n)
	if n.args[2] == 0 {
		return
	}
	u.ports.mu.Lock()
	defer u.ports.mu.Unlock()
	if !u.ports.broken {
		u.ports.broken = true
		u.ports.lose()
		u.ports.say("the program uses seccomp user notification itself, which keeping its ports does, too: " +
			"from its next start on they are not kept")
	}
}
