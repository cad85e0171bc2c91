package watch

import "errors"

// A backend is one way of the system to report events of directories. add, remove
// and dead are called by the keeper only, with resolved paths, and may wait
// for the goroutine that drains the events; that goroutine must never wait for
// them (on Windows and BSD adding a watch needs the events to flow).
type backend interface {
	// add watches an existing directory. Events that happen after it returned
	// are reported.
	add(dir string) error

	// remove ends a watch, also one that the system has dropped already.
	remove(dir string)

	// dead returns those of dirs, all added, whose watch the system has
	// dropped, as far as it can be known.
	dead(dirs []string) []string

	// stale reports whether a directory that is added again after it was replaced
	// may stay unheard, and must be polled, too.
	stale() bool

	// close ends all watches and waits for the backend's goroutines.
	close() error
}

// backendSink is what backends report to: the router.
type backendSink interface {
	changed(path string, listing bool) // path may have changed; listing: it was created, removed or renamed
	heard(path string)                 // an event came that is not worth reporting
	lost(why string)                   // events were lost, of the end of watches too, maybe: look again and renew the watches
	again(why string)                  // events were lost: look again
}

// errByPolling is add's answer for a directory that this backend leaves to the
// polling by its own choice. The user is not told.
var errByPolling = errors.New("left to polling")
