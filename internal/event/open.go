package event

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// inherited is what begins a target of -events that is a descriptor which whoever
// started gorun has opened.
const inherited = "fd:"

// CheckTarget says what is wrong with the value of -events: a file, or fd:N.
func CheckTarget(target string) error {
	if target == "" {
		return errors.New("must be a file, or fd: and a number")
	}
	if n, ok := strings.CutPrefix(target, inherited); ok {
		if fd, err := strconv.ParseUint(n, 10, 31); err != nil || fd == 0 {
			return errors.New("a descriptor is fd: and a number from 1 on")
		}
	}
	return nil
}

// Open opens the stream of -events. An inherited descriptor is gorun's own from then on:
// nothing that it starts gets it. fail is as that of NewStream.
func Open(target string, fail func(format string, args ...any)) (*Stream, error) {
	if n, ok := strings.CutPrefix(target, inherited); ok {
		fd, _ := strconv.Atoi(n)
		f := os.NewFile(uintptr(fd), target)
		if f == nil {
			return nil, fmt.Errorf("-events: %s is no descriptor", target)
		}
		if _, err := f.Stat(); err != nil {
			return nil, fmt.Errorf("-events: %s is not open\n"+
				"whoever starts gorun opens it, as a shell does: gorun -events=%s ... %d>FILE", target, target, fd)
		}
		if fd > 2 {
			closeOnExec(fd)
		}
		return NewStream(f, fail), nil
	}
	// A run's events begin the file anew; each line is written at its end, also
	// where another gorun writes to it.
	open := func() (io.WriteCloser, error) {
		return os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	}
	if info, err := os.Stat(target); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		return NewLateStream(open, fail), nil // it opens when somebody reads it
	}
	w, err := open()
	if err != nil {
		return nil, fmt.Errorf("-events: %w", err)
	}
	return NewStream(w, fail), nil
}
