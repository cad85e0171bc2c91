// Package watch says "these paths may have changed", or "compare everything again".
//
// It watches directories, never files: editors save by renaming over the file,
// which takes a file's watch away. The directories are given (the graph knows
// them), not recursive, and may be replaced while events stream.
//
// The invariant: after a change in a watched directory a batch follows that holds
// its path or All, however slowly the reader reads, whatever the system drops,
// and also when the directory, or one above it, is renamed, deleted, replaced and
// comes back. A batch may say too much, never too little: whether a path
// belongs to the build and whether its content differs is the graph's to find
// out. What changed before Watch returned is not reported: compare the files'
// state afterwards. A change of permissions alone is no change; that a directory
// turned readable is. Not seen are writes through a memory mapping (inotify
// does not report them) and, while polling, a write that keeps size and mtime
// and comes with a change of permissions.
//
// Three backends stand behind the Watcher interface: fsnotify, notify
// (FSEvents on macOS), and polling. Options.Backend "auto" picks by system and
// file system, and whatever is picked, directories that the backend cannot watch
// (the kernel's limit, say) are polled and one line says so.
//
// The files: watch.go has the interface and the choice of a backend; batch.go coalesces
// what is reported into batches; watchlist.go owns the list of watched directories;
// renewal.go finds watches that died and renews them, with the heartbeat; silent.go
// finds directories whose changes send no events; router.go translates the system's paths
// into the graph's spelling, with realpath.go; samedir.go says whether a directory was
// replaced; backend.go is what each backend does: fsnotify.go, notify*.go with
// inotify_linux.go and trees.go; poll.go compares listings, pollinterval.go says how
// often; mounts*.go reports mounts over files; remote_*.go names the file systems that send
// no events, limit*.go the limits of each system, budget*.go bounds the open files that
// kqueue takes.
package watch

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// A Watcher reports changes in a set of directories. Its methods may be called
// from any goroutine.
type Watcher interface {
	// Watch makes dirs, absolute paths, the watched directories from now on,
	// without their subdirectories. It returns when all that can be watched is
	// watched (FSEvents begins up to half a second later, and All follows). A
	// directory that cannot be watched is not an error, and no reason to refuse
	// the others: it is polled, and one line says so. One that is missing or
	// unreadable is watched when it appears, and reported. The only error is that
	// of a Watcher that was closed.
	Watch(dirs []string) error

	// Batches is closed by Close. What happens while nobody reads is
	// coalesced, not dropped.
	Batches() <-chan Batch

	// Close ends the watching and waits for the goroutines.
	Close() error
}

// Options are the caller's wishes. The zero Options mean auto.
type Options struct {
	Backend  string        // auto (also ""), fsnotify, notify, poll
	Interval time.Duration // between two scans of what is polled; 0 means DefaultInterval

	// Say is called with a line for the user: a limit was reached and how to
	// raise it, polling is used and why. Each such thing is said once. It
	// must not call the Watcher.
	Say func(line string)

	// Debug is called for each change of state that is worth a line.
	Debug func(format string, args ...any)
}

// ErrClosed is what Watch returns after Close.
var ErrClosed = errors.New("the watcher is closed")

// New returns a Watcher that watches nothing yet. An error means that the
// backend is unknown, or not available on this system; a system that is at its
// limits is not an error: everything is then polled.
func New(o Options) (Watcher, error) {
	return newWatcher(o, tuning{})
}

// tuning are the parts that tests replace.
type tuning struct {
	heartbeat   time.Duration                      // 0: the constant
	repeatDelay time.Duration                      // 0: the constant
	open        func(backendSink) (backend, error) // nil: by name
	wrap        func(backend) backend              // around the backend
	remote      func(dir string) string            // nil: remote
}

type watcher struct {
	done      chan struct{} // closed by Close: everything ends
	once      sync.Once
	wg        sync.WaitGroup // collector, poller, watchlist, mounts
	collect   *collector
	watchlist *watchlist
	backend   backend // nil: everything is polled
}

func newWatcher(o Options, t tuning) (*watcher, error) {
	if o.Say == nil {
		o.Say = func(string) {}
	}
	if o.Debug == nil {
		o.Debug = func(string, ...any) {}
	}
	if o.Interval <= 0 {
		o.Interval = DefaultInterval
	}
	open, err := choose(o.Backend)
	if err != nil {
		return nil, err
	}
	if t.open != nil {
		open = t.open
	}
	if t.heartbeat == 0 {
		t.heartbeat = heartbeat
	}
	if t.repeatDelay == 0 {
		t.repeatDelay = repeatDelay
	}
	if t.remote == nil {
		t.remote = remote
	}
	if o.Backend == "fsnotify" || o.Backend == "notify" {
		t.remote = func(string) string { return "" } // the user knows better
	}

	w := &watcher{done: make(chan struct{})}
	w.collect = newCollector(w.done)
	poller := newPoller(o.Interval, t.repeatDelay, w.collect, w.done)
	r := newRouter(w.collect, o.Debug)
	if open != nil {
		w.backend, err = open(r)
		if err != nil {
			o.Say("polling all directories: " + refusalReason(err))
		} else if t.wrap != nil {
			w.backend = t.wrap(w.backend)
		}
	}
	w.watchlist = newWatchlist(w.backend, r, poller, w.done, o, t)
	w.wg.Go(w.collect.run)
	w.wg.Go(poller.run)
	w.wg.Go(w.watchlist.run)
	if w.backend == nil {
		return w, nil // polling sees mounts, too
	}
	if m := newMountWatch(); m != nil {
		w.wg.Go(func() { m.run(w.done, func(path string) { r.pathChanged(path, true) }) })
	}
	return w, nil
}

// choose returns the opener of a backend, nil for polling.
func choose(name string) (func(backendSink) (backend, error), error) {
	switch name {
	case "", "auto":
		if preferNotify {
			return openNotify, nil
		}
		return openFsnotify, nil
	case "fsnotify":
		return openFsnotify, nil
	case "notify":
		if openNotify == nil {
			return nil, fmt.Errorf("watcher %q is not in this gorun for %s (macOS needs it built with cgo): "+
				"use auto, fsnotify or poll", name, runtime.GOOS)
		}
		return openNotify, nil
	case "poll":
		return nil, nil
	}
	return nil, fmt.Errorf("unknown watcher %q: it is auto, fsnotify, notify or poll", name)
}

func (w *watcher) Watch(dirs []string) error { return w.watchlist.watch(dirs) }

func (w *watcher) Batches() <-chan Batch { return w.collect.out }

func (w *watcher) Close() error {
	var err error
	w.once.Do(func() {
		close(w.done)
		w.wg.Wait() // first: only the watchlist uses the backend
		if w.backend != nil {
			err = w.backend.close()
		}
	})
	w.wg.Wait()
	return err
}
