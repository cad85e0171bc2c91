package programs

import (
	"path/filepath"
	"slices"
	"sync"

	"github.com/gorun-dev/gorun/internal/watch"
)

// A Watcher shares one watcher among several loops: the directories of all are watched, and
// each loop hears of its own.
//
// Its lock is held while directories are added: a loop that asks meanwhile waits, as it would
// for a watcher of its own.
type Watcher struct {
	all watch.Watcher

	watching sync.Mutex // for Watch: one after the other

	mu    sync.Mutex
	views []*view
	asked []string // what all watches; sorted
	gone  bool     // it has ended
}

// NewWatcher shares a watcher, which is closed by the caller, after the loops have ended.
func NewWatcher(all watch.Watcher) *Watcher {
	w := &Watcher{all: all}
	go func() {
		for b := range all.Batches() {
			w.mu.Lock()
			for _, v := range w.views {
				v.add(b)
			}
			w.mu.Unlock()
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.gone = true
		for _, v := range w.views {
			v.end()
		}
	}()
	return w
}

// View returns the watcher of one loop.
func (w *Watcher) View() watch.Watcher {
	v := &view{of: w, out: make(chan watch.Batch), more: make(chan struct{}, 1), done: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		v.end()
	}
	w.views = append(w.views, v)
	go v.run()
	return v
}

// A view is the watcher as one loop sees it.
type view struct {
	of   *Watcher
	out  chan watch.Batch // closed by run
	more chan struct{}    // there is something in pending; nobody closes it
	done chan struct{}    // closed by end
	once sync.Once

	mu      sync.Mutex
	dirs    map[string]bool // that the loop has asked for
	pending watch.Batch
}

// pathLimit bounds what waits for a loop that does not read, as in package watch.
const pathLimit = 4096

func (v *view) Watch(dirs []string) error {
	v.of.watching.Lock()
	defer v.of.watching.Unlock()
	asked := make(map[string]bool, len(dirs))
	for _, dir := range dirs {
		asked[dir] = true
	}
	v.mu.Lock()
	v.dirs = asked
	v.mu.Unlock()
	return v.of.watchAll()
}

// watchAll watches what all loops want, if that is something else than before.
func (w *Watcher) watchAll() error {
	var all []string
	w.mu.Lock()
	for _, v := range w.views {
		v.mu.Lock()
		for dir := range v.dirs {
			all = append(all, dir)
		}
		v.mu.Unlock()
	}
	slices.Sort(all)
	all = slices.Compact(all)
	same := slices.Equal(all, w.asked)
	w.asked = all
	w.mu.Unlock()
	if same {
		return nil
	}
	return w.all.Watch(all)
}

func (v *view) Batches() <-chan watch.Batch { return v.out }

// Close ends the view: its directories are not watched for it any more.
func (v *view) Close() error {
	v.of.mu.Lock()
	v.of.views = slices.DeleteFunc(v.of.views, func(other *view) bool { return other == v })
	v.of.mu.Unlock()
	v.end()
	return nil
}

func (v *view) end() { v.once.Do(func() { close(v.done) }) }

// add adds what of a batch the loop is to hear.
func (v *view) add(b watch.Batch) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, path := range b.Paths {
		if (v.dirs[path] || v.dirs[filepath.Dir(path)]) && !slices.Contains(v.pending.Paths, path) && !v.pending.All {
			v.pending.Paths = append(v.pending.Paths, path)
		}
	}
	if b.All || len(v.pending.Paths) > pathLimit {
		v.pending = watch.Batch{All: true}
	}
	if v.pending.All || len(v.pending.Paths) > 0 {
		select {
		case v.more <- struct{}{}:
		default:
		}
	}
}

func (v *view) take() watch.Batch {
	v.mu.Lock()
	defer v.mu.Unlock()
	b := v.pending
	v.pending = watch.Batch{}
	return b
}

// run hands on what is pending. What comes while the loop does not read is added to what it
// has not read yet.
func (v *view) run() {
	defer close(v.out)
	for {
		select {
		case <-v.more:
		case <-v.done:
			return
		}
		b := v.take()
		for sent := false; !sent && (b.All || len(b.Paths) > 0); {
			select {
			case v.out <- b:
				sent = true
			case <-v.more:
				next := v.take()
				b.Paths = append(b.Paths, next.Paths...)
				if b.All || next.All || len(b.Paths) > pathLimit {
					b = watch.Batch{All: true}
				}
			case <-v.done:
				return
			}
		}
	}
}
