// Package ossignal knows the signals that gorun deals in: those that -signal takes for
// stopping the program, and those that end gorun or ask it for something.
//
// The principal functions are Stop, a flag's value, NotifyEnd and NotifyRestart. What a
// signal leads to is live's and exec's.
package ossignal

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
)

// Stop returns a flag's value that sets a signal by its name, with or without SIG, or by
// its number.
func Stop(s *syscall.Signal) flag.Value { return (*stop)(s) }

type stop syscall.Signal

func (s *stop) String() string {
	for name, signal := range names {
		if signal == syscall.Signal(*s) {
			return name
		}
	}
	return fmt.Sprint(int(*s))
}

func (s *stop) Set(text string) error {
	short := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	for name, signal := range names {
		if short == name || text == fmt.Sprint(int(signal)) {
			*s = stop(signal)
			return nil
		}
	}
	return fmt.Errorf("must be one of %s", strings.Join(slices.Sorted(maps.Keys(names)), ", "))
}
