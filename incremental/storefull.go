package incremental

import (
	"bytes"
	"fmt"
	"syscall"
)

// scarceSpace is how much room the store needs for it to be certain that a build finds enough:
// the objects of a large program, its executable, and a copy.
const scarceSpace = 512 << 20

// scarce reports whether there may be too little room for a build: on the file system, or in what this
// user, or this directory, may have of it.
func (s *Store) scarce() bool {
	bytes, known := space(s.dir)
	return known && bytes < scarceSpace || refuses(s.dir, scarceSpace)
}

// fullError is the error of a build that found too little room; nil if it failed otherwise. The go command,
// or a tool of its, says so in words.
func (s *Store) fullError(output []byte) error {
	text := bytes.ToLower(output)
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		if bytes.Contains(text, []byte(errno.Error())) {
			return s.full(errno)
		}
	}
	return nil
}

func (s *Store) full(errno syscall.Errno) error {
	return fmt.Errorf("%w: %q: %w\nset GORUNCACHE to a directory with more room", ErrStore, s.cache, errno)
}

// useSpare has all that follows use another store, because of why; it reports whether there is one. What
// runs from the old one stays there.
func (b *Builder) useSpare(why error) bool {
	old := b.cfg.Store
	if old.Spare == nil {
		return false
	}
	spare := old.Spare(why)
	if spare == nil {
		old.Spare = nil
		return false
	}
	old.Spare = func(error) *Store { return spare } // of another Builder
	spare.beside = old.beside
	b.scratchMu.Lock() // a session may be about to be restored
	b.cfg.Store = spare
	b.cfg.SaveAs, b.cfg.Record = "", nil // the records are of the other store
	b.scratch.Remove()                   // there will be one in the spare
	b.scratchMu.Unlock()
	b.setDirect(b.directState().outgrown())
	return true
}
