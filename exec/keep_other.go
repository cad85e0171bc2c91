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
func KeepPorts(func(format string, args ...any)) (*Ports, error) {
	return nil, errors.New("keeping ports needs Linux on amd64 or arm64")
}

// Close does nothing.
func (*Ports) Close() {}

type tenant struct{}

func (*Ports) prepare(*procgroup.Spec) *tenant { return nil }

func (*tenant) begin(int) {}

func (*tenant) end(string) {}

func (*tenant) drain(<-chan struct{}, time.Duration) {}

func (*tenant) release() {}

func (*tenant) awaitReady(exited <-chan struct{}) bool { return moment(exited) }

func (*tenant) settle(<-chan struct{}) {}

func (*tenant) accepts(context.Context, net.Conn) (bool, error) { return true, nil }
