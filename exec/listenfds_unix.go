//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package exec

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// Listeners are sockets that gorun has open before the program and for as long
// as it lives, and hands to every version (LISTEN_FDS, sd_listen_fds(3)).
//
// Blocking mode is a property of the socket, which all versions share: it is
// blocking at first, as systemd makes it, and then as the program sets it.
type Listeners struct{ list []procgroup.Listener }

// Listen returns the listeners that gorun itself was given, by systemd for
// instance, and TCP listeners at addresses.
func Listen(addresses []string) (*Listeners, error) {
	ls := inherited()
	for _, a := range addresses {
		fd, err := openListener(a)
		if err != nil {
			ls.Close()
			return nil, fmt.Errorf("-listen %q: %w", a, err)
		}
		_, port, _ := net.SplitHostPort(a)
		ls.list = append(ls.list, procgroup.Listener{FD: fd, Name: port})
	}
	return ls, nil
}

// Given reports whether there are any.
func (ls *Listeners) Given() bool { return ls != nil && len(ls.list) > 0 }

// Close closes them.
func (ls *Listeners) Close() {
	for _, l := range ls.list {
		unix.Close(l.FD)
	}
	ls.list = nil
}

func (ls *Listeners) group() []procgroup.Listener {
	if ls == nil {
		return nil
	}
	return ls.list
}

func openListener(address string) (int, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false) // a program in another language would wonder
	l, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		return -1, withoutOperation(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		return -1, err
	}
	defer file.Close()
	return unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 3) // Fd has made it blocking
}

// withoutOperation returns a net error without "listen tcp ADDRESS".
func withoutOperation(err error) error {
	if op, ok := err.(*net.OpError); ok {
		return op.Err
	}
	return err
}

// inherited returns the listeners that are meant for this very process. They are
// closed on exec from then on: the go command has no use for them.
func inherited() *Listeners {
	ls := new(Listeners)
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || err != nil {
		return ls
	}
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	for fd := 3; fd < 3+n; fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
			break // it was not true
		}
		unix.CloseOnExec(fd)
		l := procgroup.Listener{FD: fd}
		if i := fd - 3; i < len(names) {
			l.Name = names[i]
		}
		ls.list = append(ls.list, l)
	}
	return ls
}
