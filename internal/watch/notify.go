//go:build linux || (darwin && cgo)

package watch

import (
	"fmt"
	"sync"
	"time"

	"github.com/rjeczalik/notify"
)

// notifyBackend watches through rjeczalik/notify: FSEvents on macOS, where it
// needs one stream for a whole tree and no descriptors. On Linux (inotify) it
// is there for whoever asks for it.
//
// notify drops events when a channel is full, and on Linux swallows the
// kernel's overflow. So each watch point has a channel and a goroutine that
// does nothing but drain it, and a burst big enough for a drop ends in "events
// lost" once it is over. A watch point that died cannot be renewed while its
// channel is registered (notify takes the directory for watched), which is the
// other reason for one channel each.
//
// Which directories share a point is the OS's file: notify_linux.go,
// notify_darwin.go.
type notifyBackend struct {
	sink   backendSink
	lost   func(why string)  // one of the sink's
	points map[string]*point // by watched path
	burst  burst
	pointsState
}

// A point is one registration with notify.
type point struct {
	events chan notify.EventInfo // never closed: notify might still send
	stop   chan struct{}         // closed by end
	wg     sync.WaitGroup        // the drain, 1
}

func newNotify(sink backendSink, lost func(why string)) *notifyBackend {
	b := &notifyBackend{sink: sink, lost: lost, points: make(map[string]*point)}
	b.burst.over = func(n int) { lost(fmt.Sprintf("%d events in one burst", n)) }
	return b
}

// begin registers a pattern: path, or path/... for all below it, too.
func (b *notifyBackend) begin(path, pattern string) error {
	p := &point{
		events: make(chan notify.EventInfo, pointBuffer),
		stop:   make(chan struct{}),
	}
	if err := notify.Watch(pattern, p.events, notifyEvents...); err != nil {
		notify.Stop(p.events)
		return err
	}
	b.points[path] = p
	p.wg.Go(func() {
		for {
			select {
			case e := <-p.events:
				b.burst.count()
				b.dispatch(e)
			case <-p.stop:
				return
			}
		}
	})
	return nil
}

func (b *notifyBackend) dispatch(e notify.EventInfo) {
	if e.Event()&lostEvents != 0 {
		b.lost(e.Event().String())
		return
	}
	b.sink.pathChanged(e.Path(), e.Event()&(notify.Create|notify.Remove|notify.Rename) != 0)
}

func (b *notifyBackend) end(path string) {
	if p := b.points[path]; p != nil {
		delete(b.points, path)
		notify.Stop(p.events)
		close(p.stop)
		p.wg.Wait()
	}
}

func (b *notifyBackend) pollRenewed() bool { return false }

func (b *notifyBackend) close() error {
	for path := range b.points {
		b.end(path)
	}
	b.burst.stop()
	return nil
}

// A burst counts events that follow each other closely. When enough came for a
// channel or the kernel's queue to have been full, over is called after the
// last of them: what was dropped last was dropped before that.
type burst struct {
	over func(n int)

	mu    sync.Mutex
	n     int
	last  time.Time
	timer *time.Timer // set while a burst waits for its end
}

// burstPause without an event ends a burst: longer than a drain is kept waiting
// on a loaded machine, shorter than a user would call late.
const burstPause = 100 * time.Millisecond

func (b *burst) count() {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.timer == nil && now.Sub(b.last) > burstPause {
		b.n = 0
	}
	b.n++
	b.last = now
	if b.n > pointBuffer/2 && b.timer == nil {
		b.timer = time.AfterFunc(burstPause, b.checkEnd)
	}
}

func (b *burst) checkEnd() {
	b.mu.Lock()
	if b.timer == nil {
		b.mu.Unlock()
		return
	}
	if rest := burstPause - time.Since(b.last); rest > 0 {
		b.timer.Reset(rest)
		b.mu.Unlock()
		return
	}
	n := b.n
	b.n, b.timer = 0, nil
	b.mu.Unlock()
	b.over(n)
}

func (b *burst) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
}
