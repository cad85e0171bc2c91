package watch

import "errors"

// A backend is one way of the system to report events of directories. add, remove
// and deadWatches are called by the watchlist only, with resolved paths, and may wait
// for the goroutine that drains the events; that goroutine must never wait for
// them (on Windows and BSD adding a watch needs the events to flow).
type backend interface {
	// add watches an existing directory. Events that happen after it returned
	// are reported.
	add(dir string) error

	// remove ends a watch, also one that the system has dropped already.
	remove(dir string)

	// deadWatches returns those of dirs, all added, whose watch the system has
	// dropped, as far as it can be known.
	deadWatches(dirs []string) []string

	// pollRenewed reports whether a directory that is added again after it was
	// replaced may send no events, and must be polled, too.
	pollRenewed() bool

	// close ends all watches and waits for the backend's goroutines.
	close() error
}

// backendSink is what backends report to: the router.
type backendSink interface {
	pathChanged(path string, listing bool) // it may have changed; listing: it was created, removed or renamed
	eventSeen(path string)                 // an event came that is no change
	watchesLost(why string)                // events were lost, maybe those of the end of watches: renew all
	eventsLost(why string)                 // events were lost, but no watch
}

// errByPolling is add's answer for a directory that this backend leaves to the
// polling by its own choice. No line is printed for it.
var errLeftToPolling = errors.New("left to polling")
