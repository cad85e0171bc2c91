package cli

import (
	"strings"

	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/front"
)

// openEvents opens the stream of -events, nil without it.
func (c *command) openEvents() (*event.Stream, error) {
	if c.flags.Events == "" {
		return nil, nil
	}
	return event.Open(c.flags.Events, c.con.Fail)
}

// eventsFile is the file that gorun writes events to, "" if there is none.
func (c *command) eventsFile() string {
	if c.flags.Events == "" || strings.HasPrefix(c.flags.Events, "fd:") {
		return ""
	}
	return c.absolute(c.flags.Events)
}

// listener returns who hears of events: browsers, the stream, and the bell; nil if nobody does.
func (c *command) listener(stream *event.Stream, browsers *front.Front) func(event.Event) {
	var list event.Listeners
	if browsers != nil {
		list = append(list, browsers.Hear)
	}
	if stream != nil {
		list = append(list, stream.Send)
	}
	if c.flags.Bell {
		list = append(list, (&event.Bell{Ring: c.con.Bell}).Hear)
	}
	return list.Hear()
}

// captured reports whether the go command's words of the first build, too, have to
// come by gorun: as events, or not at all if it goes well.
func (c *command) captured() bool { return c.flags.Events != "" || c.flags.Quiet }
