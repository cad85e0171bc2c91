package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/gorun-dev/gorun/internal/event"
)

// -events, -quiet and -bell: who hears of what the loop does.

// An eventsFlag says where events are written to.
type eventsFlag struct{ to string }

// inheritedFile is what begins a descriptor that whoever started gorun has opened.
const inheritedFile = "fd:"

func (e *eventsFlag) String() string { return e.to }

func (e *eventsFlag) Set(s string) error {
	if s == "" {
		return errors.New("must be a file, or fd: and a number")
	}
	if n, ok := strings.CutPrefix(s, inheritedFile); ok {
		if fd, err := strconv.ParseUint(n, 10, 31); err != nil || fd == 0 {
			return errors.New("a descriptor is fd: and a number from 1 on")
		}
	}
	e.to = s
	return nil
}

// openEvents opens the stream of -events, nil without it. An inherited descriptor is
// gorun's own from then on: nothing that it starts gets it.
func (c *command) openEvents() (*event.Stream, error) {
	to := c.flags.events.to
	if to == "" {
		return nil, nil
	}
	if n, ok := strings.CutPrefix(to, inheritedFile); ok {
		fd, _ := strconv.Atoi(n)
		f := os.NewFile(uintptr(fd), to)
		if f == nil {
			return nil, fmt.Errorf("-events: %s is no descriptor", to)
		}
		if _, err := f.Stat(); err != nil {
			return nil, fmt.Errorf("-events: %s is not open\nwhoever starts gorun opens it, as a shell does: gorun -events=%s ... %d>FILE", to, to, fd)
		}
		if fd > 2 {
			closeOnExec(fd)
		}
		return event.NewStream(f, c.con.Fail), nil
	}
	// A run's events begin the file anew; each line is written at its end, also
	// where another gorun writes to it.
	open := func() (io.WriteCloser, error) {
		return os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	}
	if info, err := os.Stat(to); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		return event.NewLateStream(open, c.con.Fail), nil // it opens when somebody reads it
	}
	w, err := open()
	if err != nil {
		return nil, fmt.Errorf("-events: %w", err)
	}
	return event.NewStream(w, c.con.Fail), nil
}

// listener returns who hears of events: the stream, and the bell. It is nil if nobody
// does.
func (c *command) listener(stream *event.Stream) func(event.Event) {
	if stream == nil && !c.flags.bell {
		return nil
	}
	broken := false
	return func(e event.Event) {
		if stream != nil {
			stream.Send(e)
		}
		was := broken
		switch e.Kind {
		case event.Failed:
			broken = true
		case event.Swapped, event.Restarted, event.Build:
			broken = false
		}
		if c.flags.bell && (e.Kind == event.Failed || was && !broken) {
			c.con.Bell()
		}
	}
}

// captured reports whether the go command's words of the first build, too, have to
// come by gorun: as events, or not at all if it goes well.
func (c *command) captured() bool { return c.flags.events.to != "" || c.flags.quiet }
