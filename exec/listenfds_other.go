//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package exec

import (
	"errors"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// Listeners are sockets that are handed to the program, where that is possible.
type Listeners struct{}

// Listen says that it is not possible here.
func Listen(addresses []string) (*Listeners, error) {
	if len(addresses) > 0 {
		return nil, errors.New("-listen: this system cannot hand a listener to a program")
	}
	return nil, nil
}

// Given reports whether there are any.
func (*Listeners) Given() bool { return false }

// Close does nothing.
func (*Listeners) Close() {}

func (*Listeners) group() []procgroup.Listener { return nil }
