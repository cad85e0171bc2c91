package front

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/gorun-dev/gorun/exec"
)

// A Flag is the value of -browser.
type Flag struct {
	On      bool
	Address string // of the second port; "" if the program's own is meant
	Program string // where the program listens, for a second port; "" if gorun is to find out
}

// IsBoolFlag says that a bare -browser is true.
func (f *Flag) IsBoolFlag() bool { return true }

func (f *Flag) String() string {
	switch {
	case f.Program != "":
		return f.Address + "," + f.Program
	case f.Address != "":
		return f.Address
	}
	return strconv.FormatBool(f.On)
}

// Set sets the flag to true, to false, or to addresses.
func (f *Flag) Set(s string) error {
	if on, err := strconv.ParseBool(s); err == nil {
		*f = Flag{On: on}
		return nil
	}
	own, program, two := strings.Cut(s, ",")
	if !isAddress(own) || two && !isAddress(program) {
		return errors.New("must be true, false, or an address for browsers, such as :3000, or two with the program's, " +
			"such as :3000,:8080")
	}
	*f = Flag{On: true, Address: own, Program: program}
	return nil
}

func isAddress(s string) bool {
	_, port, err := net.SplitHostPort(s)
	n, portErr := strconv.ParseUint(port, 10, 16)
	return err == nil && portErr == nil && n != 0
}

// Serve returns what serves browsers at the ports of a program, nil ports where they are not kept, or at the
// second port that the flag names, and what ends it, also after an error.
func (f *Flag) Serve(o Options, ports *exec.Ports) (front *Front, stop func(), err error) {
	front = New(o)
	if f.Address != "" {
		end, err := front.ListenAndServe(f.Address, f.Program)
		if err != nil {
			return nil, front.Close, fmt.Errorf("-browser=%s: %w", f, err)
		}
		return front, func() {
			end()
			front.Close()
		}, nil
	}
	err = errors.New("the program's ports are not kept")
	if ports != nil {
		err = ports.ServeBrowsers(front)
	}
	if err != nil {
		return nil, front.Close, fmt.Errorf("-browser: %w; -browser=:3000 serves browsers on a port of its own", err)
	}
	return front, front.Close, nil
}
