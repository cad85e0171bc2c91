package live

import (
	"fmt"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
)

// Other settings while the program runs: gorun.toml was saved, or somebody asks for
// another profile. The new settings come as new rooms. What is to be built is then
// built under them, and takes the place of what runs as after any save; until it
// does, the old program serves.

// A Setup is what settings come down to.
type Setup struct {
	Rooms   Rooms
	Options Options

	// Kind says what the new settings ask for: None, Restart where only the
	// program's own differ, Reload where another program is built.
	Kind depgraph.Kind
}

// lookBeside looks at files that are not in the build.
func (l *loop) lookBeside(paths []string) {
	if l.Files == nil {
		return
	}
	change, settings := l.Files.Look(paths)
	l.print(change)
	if change.Rewatch {
		l.watchGraph()
	}
	l.restartFor(change)
	if settings {
		l.unsettled = true
		l.carryOn()
		l.lengthen(time.Now())
	}
}

// resettle reads the settings again that were written in the burst that is over.
func (l *loop) resettle() {
	if l.unsettled {
		l.unsettled = false
		// What is wrong with them it has said.
		_, _ = l.reconfigure("gorun.toml", "")
	}
}

// reconfigure changes to the settings as they are in the files now, under another
// profile if one is named, and returns what they ask for, which then is under way.
// reason is for the reload line. With an error, which the user has been told,
// everything is as it was.
func (l *loop) reconfigure(reason, profile string) (depgraph.Kind, error) {
	if l.Reconfigure == nil {
		return depgraph.None, fmt.Errorf("there is no profile %q: the settings cannot be changed here", profile)
	}
	s, err := l.Reconfigure(profile)
	if err != nil {
		l.Fail("%v", err)
		l.Fail("the settings stay as they were")
		return depgraph.None, err
	}
	l.Debug("exec")("settings: profile %q, %s", s.Options.Profile, s.Kind)
	l.acted = l.acted || s.Kind != depgraph.None
	followed := l.Generate
	l.Rooms, l.opts = s.Rooms, s.Options
	if l.graph != nil {
		if l.Generate != nil && l.Generate != followed {
			l.Generate.Follow(l.graph)
		}
		l.watchGraph()
	}
	switch s.Kind {
	case depgraph.Restart:
		l.restart(reason)
	case depgraph.Reload:
		// No graph of before says what is the same now.
		l.base = nil
		if l.arrival != nil {
			l.arrival.graph = nil
		}
		if l.coming != nil {
			l.coming.graph = nil
		}
		l.onChange(depgraph.Change{Kind: depgraph.Reload, Details: []depgraph.Detail{{
			Path: reason, Kind: depgraph.Reload, Reason: "other settings",
		}}})
	}
	return s.Kind, nil
}
