package cli

import (
	"github.com/gorun-dev/gorun/incremental"
)

// A liveStart is what the live mode has to do with records: it begins with the
// recorded executable, has its first build recorded, and at its end the last one.
// Called from the loop's goroutine.
type liveStart struct {
	*starter
	asked   bool
	exe     *incremental.Executable // that the program runs
	changed bool                    // it is another one than the first
}

func (c *command) liveStarts(s *starter) *liveStart { return &liveStart{starter: s} }

// first returns the first build: one that is done, of the recorded executable, or
// that which build begins. It is nil if the first one was asked for before. While a
// program runs, other gorun are not waited for.
func (l *liveStart) first(build func() *incremental.Build, running bool) *incremental.Build {
	if l.asked {
		return nil
	}
	l.asked = true
	if exe := l.find(!running); exe != nil {
		exe.Hold()
		return incremental.Finished(incremental.Plan{Because: "built before"}, incremental.Result{Exe: exe, Kept: true, How: "built before"})
	}
	b := build()
	if l.starter == nil {
		return b
	}
	go func(first starter) {
		// The recorder takes an executable of its own: this one goes when the
		// program is rebuilt. Its build fails where this one has.
		<-b.Done()
		first.record()
	}(*l.starter)
	return b
}

// use has the records be those of a newer command line that builds the same.
func (l *liveStart) use(c *command) {
	if l.starter != nil {
		l.starter.c = c
	}
}

// started notes which executable is started.
func (l *liveStart) started(e *incremental.Executable) {
	l.changed = l.changed || l.exe != nil && l.exe != e
	l.exe = e
}

// end has the last build recorded, if the program was edited meanwhile: the next
// start will be one of that.
func (l *liveStart) end() {
	if l.starter == nil || !l.changed {
		return
	}
	s := &starter{c: l.c, book: l.book, key: l.key}
	var err error
	if s.claim, err = s.book.TryClaim(s.key); err != nil || s.claim == nil {
		return
	}
	s.record()
}
