package programs

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/gorun-dev/gorun/internal/watch"
)

// A fakeWatcher is a watcher whose batches a test sends.
type fakeWatcher struct {
	out chan watch.Batch

	mu    sync.Mutex
	calls [][]string
}

func (f *fakeWatcher) Watch(dirs []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, slices.Clone(dirs))
	return nil
}
func (f *fakeWatcher) Batches() <-chan watch.Batch { return f.out }
func (f *fakeWatcher) Close() error                { close(f.out); return nil }

// Each loop hears of its own directories, and of lost events; nothing is lost while it does not
// read; what all want is watched once.
func TestWatcher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeWatcher{out: make(chan watch.Batch)}
		w := NewWatcher(f)
		a, b := w.View(), w.View()
		check := func(v watch.Watcher, want ...string) {
			t.Helper()
			synctest.Wait()
			select {
			case got := <-v.Batches():
				if !slices.Equal(got.Paths, want) || got.All {
					t.Errorf("got %v, want %q", got, want)
				}
			default:
				if want != nil {
					t.Errorf("got nothing, want %q", want)
				}
			}
		}
		a.Watch([]string{"/m/lib", "/m/a"})
		b.Watch([]string{"/m/lib", "/m/b"})
		b.Watch([]string{"/m/lib", "/m/b"})
		want := [][]string{{"/m/a", "/m/lib"}, {"/m/a", "/m/b", "/m/lib"}}
		if !slices.EqualFunc(f.calls, want, slices.Equal) {
			t.Errorf("watched %q, want %q", f.calls, want)
		}
		f.out <- watch.Batch{Paths: []string{"/m/lib/x.go", "/m/a/y.go", "/m/b"}}
		check(b, "/m/lib/x.go", "/m/b")
		f.out <- watch.Batch{Paths: []string{"/m/a/z.go", "/m/a/y.go"}}
		synctest.Wait()
		got := <-a.Batches()
		if slices.Sort(got.Paths); !slices.Equal(slices.Compact(got.Paths), []string{"/m/a/y.go", "/m/a/z.go", "/m/lib/x.go"}) {
			t.Errorf("what came while nobody read: %v", got)
		}
		check(b)
		f.out <- watch.Batch{All: true}
		for _, v := range []watch.Watcher{a, b} {
			synctest.Wait()
			if got := <-v.Batches(); !got.All || got.Paths != nil {
				t.Errorf("events were lost: %v", got)
			}
		}
		a.Close()
		if _, ok := <-a.Batches(); ok {
			t.Error("a closed view has batches")
		}
		f.Close()
		if _, ok := <-b.Batches(); ok {
			t.Error("there are batches after the end of the watcher")
		}
	})
}
