package front

import (
	"errors"
	"net"
	"strconv"
	"strings"
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
