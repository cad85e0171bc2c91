package hook

import (
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// A Series starts hooks; those of one name run one after the other. Its methods are for one goroutine.
type Series struct{ last map[string]*Run }

// Start starts a command as the hook of a name, and looks its first word up in path as a shell would; nil if
// it has no words. It waits until after is closed, if that is not nil, also if it has no words.
func (s *Series) Start(c Command, name, path string, after <-chan struct{}) *Run {
	switch {
	case c.Args == nil && after == nil:
		return nil
	case c.Args == nil:
		return Await(after)
	}
	c.After = nil
	if last := s.last[name]; last != nil {
		c.After = append(c.After, last.Done())
	}
	if after != nil {
		c.After = append(c.After, after)
	}
	run := c.find(path)
	if s.last == nil {
		s.last = make(map[string]*Run)
	}
	s.last[name] = run
	return run
}

// find starts a command whose first word may have to be looked up.
func (c Command) find(path string) *Run {
	var err error
	if c.Path, err = gocmd.FindCommand(path, c.Args[0]); err != nil {
		return Failed(err)
	}
	return Start(c)
}
