package watch

import "time"

// A flood finds out which paths are written again and again: a program's log in the project's
// root, mostly. Where one is, the drain of the events pauses for a moment. The kernel makes one
// event of those that come meanwhile for the same path, so that a thousand writes a second
// cost what fifty do.
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
	events  map[string]int // of each path, since then
	unpaced int            // events since the last pause
}

const (
	// floodSpan is how long events are counted, floodEvents how many of one path are no flood
	// then: a save is two to six, and nobody saves five times a second.
	floodSpan   = time.Second
	floodEvents = 32
	// floodPause is how long the drain pauses. A save that comes within it is noticed that much
	// later. With half of it a log of a thousand lines a second cost 1.5 % of a core.
	floodPause = 50 * time.Millisecond
	// liveAfter is how long the drain must have waited for an event that was not in the queue: one
	// that was comes within some microseconds.
	liveAfter = 30 * time.Microsecond
	// maxUnpaced is how many events there are between two pauses where they come so fast that
	// the drain waits for none of them.
	maxUnpaced = 1024
)

// pauses counts an event that came at now, for which the drain has waited that long, and
// reports whether the drain is to pause before it reads on.
func (f *flood) pauses(path string, now time.Time, waited time.Duration) bool {
	if now.Sub(f.since) > floodSpan {
		f.since, f.events = now, make(map[string]int)
	}
	f.events[path]++
	f.unpaced++
	if f.events[path] <= floodEvents || waited < liveAfter && f.unpaced < maxUnpaced {
		return false
	}
	f.unpaced = 0
	return true
}
