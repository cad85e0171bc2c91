package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A stuck sink takes no event until its gate is opened.
type stuckSink struct {
	gate   chan struct{}
	losses chan string // losses
}

func (s *stuckSink) pathChanged(string, bool) { <-s.gate }
func (s *stuckSink) eventSeen(string)         { <-s.gate }
func (s *stuckSink) eventsLost(why string)    { s.watchesLost(why) }
func (s *stuckSink) watchesLost(why string) {
	select {
	case s.losses <- why:
	default:
	}
}

// More events than the kernel's queue (16384 on Linux) and every channel on
// the way hold, while nothing is drained: each backend says that some are lost.
func TestLossIsReported(t *testing.T) {
	if testing.Short() {
		t.Skip("40000 events")
	}
	open := map[string]func(backendSink) (backend, error){"fsnotify": openFsnotify}
	if openNotify != nil {
		open["notify"] = openNotify
	}
	for name, open := range open {
		t.Run(name, func(t *testing.T) {
			s := &stuckSink{make(chan struct{}), make(chan string, 1)}
			b, err := open(s)
			if err != nil {
				t.Fatal(err)
			}
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if err := b.add(dir); err != nil {
				t.Fatal(err)
			}
			for i := range 20_000 {
				p := filepath.Join(dir, fmt.Sprint(i%100))
				if err := os.WriteFile(p, []byte("x"), 0o666); err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(p); err != nil {
					t.Fatal(err)
				}
			}
			close(s.gate)
			select {
			case why := <-s.losses:
				t.Log(why)
			case <-time.After(patience):
				t.Error("nothing was said of the lost events")
			}
			if err := b.close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Any error may stand for events that were missed, but for the one that only
// says that a watch had gone before it was removed.
func TestErrorsAreLosses(t *testing.T) {
	s := &stuckSink{make(chan struct{}), make(chan string, 1)}
	close(s.gate)
	b, err := openFsnotify(s)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	errs := b.(*fsnotifyBackend).w.Errors
	errs <- fsnotify.ErrNonExistentWatch
	errs <- fsnotify.ErrEventOverflow
	select {
	case why := <-s.losses:
		if why != fsnotify.ErrEventOverflow.Error() {
			t.Errorf("told %q", why)
		}
	case <-time.After(patience):
		t.Error("an overflow is not told")
	}
}

// A directory that nobody wants any more costs no watch.
func TestRemoveEndsTheWatch(t *testing.T) {
	r := newRig(t, "fsnotify", nil)
	sub := r.mkdir(r.join("sub"))
	list := func() int { return len(r.w.backend.(*fsnotifyBackend).w.WatchList()) }
	r.watch(r.dir, sub)
	if n := list(); n != 3 {
		t.Errorf("%d watches, want 3", n)
	}
	r.watch(sub)
	if n := list(); n != 2 {
		t.Errorf("%d watches, want 2", n)
	}
}
