package watch

import (
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// fsnotifyBackend watches through inotify, kqueue, ReadDirectoryChangesW or
// FEN. Rejected: fsnotify's buffered watcher (the kernel's queue, 16384 events
// on Linux, is the buffer, and overflow is reported).
type fsnotifyBackend struct {
	w      *fsnotify.Watcher
	sink   backendSink
	budget budget
	done   chan struct{}  // closed by close
	wg     sync.WaitGroup // the drain, 1
}

func openFsnotify(sink backendSink) (backend, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	b := &fsnotifyBackend{w: w, sink: sink, done: make(chan struct{})}
	b.wg.Go(b.drain)
	return b, nil
}

// drain reads both channels until they are closed: a watcher whose errors
// nobody reads stands still after the first.
func (b *fsnotifyBackend) drain() {
	events, errs := b.w.Events, b.w.Errors
	var flood flood
	for events != nil || errs != nil {
		began := time.Now()
		select {
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			path := filepath.Clean(e.Name)
			if e.Op == fsnotify.Chmod {
				b.sink.eventSeen(path)
				continue
			}
			listing := e.Has(fsnotify.Create | fsnotify.Remove | fsnotify.Rename)
			now := time.Now()
			flooded, pause := flood.count(path, now, now.Sub(began))
			if !flooded {
				b.sink.pathChanged(path, listing)
				continue
			}
			flood.hold(path, listing)
			if pause {
				b.pause()
				flood.release(b.sink.pathChanged)
			}
		case <-flood.due:
			flood.release(b.sink.pathChanged)
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			if errors.Is(err, fsnotify.ErrNonExistentWatch) {
				continue // it removes the watch of a directory that the watchlist has removed
			}
			// Overflow, or an error that leaves unknown what was missed.
			b.sink.watchesLost(err.Error())
		}
	}
}

// pause lets events gather in the kernel's queue.
func (b *fsnotifyBackend) pause() {
	select {
	case <-time.After(floodPause):
	case <-b.done:
	}
}

func (b *fsnotifyBackend) add(dir string) error {
	if err := b.budget.reserve(dir); err != nil {
		return err
	}
	err := b.w.Add(dir)
	if err != nil {
		b.budget.release(dir)
		// On BSD and macOS the files that were opened before the error.
		_ = b.w.Remove(dir)
	}
	return err
}

func (b *fsnotifyBackend) remove(dir string) {
	b.budget.release(dir)
	_ = b.w.Remove(dir) // an error says that the system was faster
}

func (b *fsnotifyBackend) deadWatches(dirs []string) []string {
	live := make(map[string]bool, len(dirs))
	for _, dir := range b.w.WatchList() {
		live[dir] = true
	}
	var dead []string
	for _, dir := range dirs {
		if !live[dir] {
			dead = append(dead, dir)
		}
	}
	return dead
}

func (b *fsnotifyBackend) pollRenewed() bool { return renewedIsDeaf }

func (b *fsnotifyBackend) close() error {
	close(b.done)
	err := b.w.Close()
	b.wg.Wait()
	return err
}
