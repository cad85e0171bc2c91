package watch

import (
	"maps"
	"time"
)

// A flood finds out which paths are written again and again: a program's log in the project's
// root, mostly. Where one is, the drain of the events pauses for a moment and reports the path
// afterwards. The kernel makes one event of those that come meanwhile for the same path, so that a
// thousand writes a second cost what twenty do.
//
// Rejected: leaving out events of paths that are no part of the build (which the watcher does
// not know, and what costs is not the event's way through gorun but being woken for it), and
// asking the kernel for closed files only (a program that saves and keeps the file open would
// not be noticed).
//
// A pause comes only when all that had happened was read. So no queue grows while events of
// several paths, which the kernel does not merge, come faster than one after each pause.
type flood struct {
	since   time.Time      // when the counting began
	events  map[string]int // of each path, since then, and what was carried over
	carried map[string]int // what a path began with, as it had too many before
	unpaced int            // events since the last pause

	held map[string]bool  // paths that are not reported yet, and whether they came or went
	due  <-chan time.Time // when they are to be reported at the latest; nil if there are none
}

const (
	// floodSpan is how long events are counted, floodEvents how many of one path are no flood
	// then: a save is two to six, and nobody saves five times a second.
	floodSpan   = time.Second
	floodEvents = 32
	// floodPause is how long the drain pauses. A save that comes within it is noticed that much
	// later, and what is written all the time up to twice that.
	floodPause = 50 * time.Millisecond
	// liveAfter is how long the drain must have waited for an event that was not in the queue: one
	// that was comes within some microseconds.
	liveAfter = 30 * time.Microsecond
	// maxUnpaced is how many events there are between two pauses where they come so fast that
	// the drain waits for none of them.
	maxUnpaced = 1024
)

// count counts an event that came at now, for which the drain has waited that long. It reports
// whether the path has too many, so that it is to be held, and whether the drain is to pause
// before it reads on.
func (f *flood) count(path string, now time.Time, waited time.Duration) (flooded, pause bool) {
	if now.Sub(f.since) > floodSpan {
		f.nextSpan(now)
	}
	f.events[path]++
	f.unpaced++
	switch {
	case f.events[path] <= floodEvents:
		return false, false
	case waited < liveAfter && f.unpaced < maxUnpaced:
		return true, false
	}
	f.unpaced = 0
	return true, true
}

// nextSpan begins to count anew. A path that had too many has too many from the first one on, until
// a span in which it has few: with the pauses as many are left of a flood as there may be.
func (f *flood) nextSpan(now time.Time) {
	next := make(map[string]int)
	if now.Sub(f.since) < 2*floodSpan {
		for path, n := range f.events {
			if n > floodEvents && n-f.carried[path] > floodEvents/4 {
				next[path] = floodEvents
			}
		}
	}
	f.since, f.events, f.carried = now, next, maps.Clone(next)
}

// hold keeps a path until release.
func (f *flood) hold(path string, listing bool) {
	if f.held == nil {
		f.held, f.due = make(map[string]bool), time.After(floodPause)
	}
	f.held[path] = f.held[path] || listing
}

// release reports the paths that were held.
func (f *flood) release(report func(path string, listing bool)) {
	for path, listing := range f.held {
		report(path, listing)
	}
	f.held, f.due = nil, nil
}
