//go:build cgo

package watch

import (
	"strings"
	"time"

	"github.com/rjeczalik/notify"
)

const preferNotify = true

// pointBuffer is a point's channel, one for each tree: 256 KB.
const pointBuffer = 16384

var notifyEvents = []notify.Event{
	notify.Create, notify.Remove, notify.Write, notify.Rename, lostEvents,
}

// lostEvents are FSEvents' ways to say that events were lost.
const lostEvents notify.Event = notify.FSEventsMustScanSubDirs | notify.FSEventsUserDropped |
	notify.FSEventsKernelDropped | notify.FSEventsRootChanged

type pointsState struct {
	trees trees
}

// openNotify watches whole trees, a stream each; the router leaves out what
// nobody asked for. A stream goes by path and outlives its directory: it needs no
// renewal.
var openNotify = func(sink backendSink) (backend, error) {
	return newNotify(sink, sink.eventsLost), nil
}

func (b *notifyBackend) add(dir string) error {
	if shallow(dir) {
		return errLeftToPolling
	}
	if b.trees.join(dir) {
		return nil
	}
	if err := b.begin(dir, dir+"/..."); err != nil {
		return err
	}
	for _, inner := range b.trees.plant(dir) {
		b.end(inner)
	}
	// notify passes nothing on before FSEvents has replayed its history, and
	// does not say when that is over.
	time.AfterFunc(streamStart, func() { b.sink.eventsLost("a stream has just begun") })
	return nil
}

// streamStart is longer than FSEvents takes to begin a stream.
const streamStart = 500 * time.Millisecond

func (b *notifyBackend) remove(dir string) {
	if root, last := b.trees.leave(dir); last {
		b.end(root)
	}
}

// deadWatches finds none: a stream goes by path and lives on when the directory is replaced.
func (b *notifyBackend) deadWatches([]string) []string { return nil }

// shallow reports whether dir is so near to the root that its tree would be
// the whole system, or all of a user's files. Only its listing is of interest
// (a go.work could appear in it), and polling that is cheap.
func shallow(dir string) bool {
	return strings.Count(strings.TrimSuffix(dir, "/"), "/") < 3
}
