//go:build !linux || (!amd64 && !arm64)

package exec

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// Ports keeps a program's listening sockets, where that is possible.
type Ports struct{}

// KeepPorts says that it is not possible here.
func KeepPorts(func(format string, args ...any), func(line string)) (*Ports, error) {
	return nil, errNotKept
}

// LastUse is not known.
func (*Ports) LastUse() time.Time { return time.Time{} }

// Lost is never closed.
func (*Ports) Lost() <-chan struct{} { return nil }

var errNotKept = errors.New("keeping ports needs Linux on amd64 or arm64")

// ServeBrowsers says that it is not possible here.
func (*Ports) ServeBrowsers(Front) error { return errNotKept }

// Close does nothing.
func (*Ports) Close() {}

type portUser struct{}

func (*Ports) newUser(*procgroup.Spec) *portUser { return nil }

func (*portUser) started(int) {}

func (*portUser) ended(string) {}

func (*portUser) drain(<-chan struct{}, time.Duration) {}

func (*portUser) endWaitingBinds() {}

func (*portUser) awaitReady(exited <-chan struct{}) bool { return runsForReadyTime(exited) }

func (*portUser) dropUnclaimed(<-chan struct{}) {}

func (*portUser) hasAccepted(context.Context, net.Conn, bool) (bool, error) { return true, nil }

func (*portUser) runsAlone() bool { return true }

func (*portUser) obstruction() (<-chan struct{}, string) { return nil, "" }

func (*portUser) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}
