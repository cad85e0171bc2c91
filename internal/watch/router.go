package watch

import (
	"path/filepath"
	"sync"
	"sync/atomic"
)

// A router turns what the backend reports into reports to the collector: from
// the real path of the directory to each spelling that was asked for (a project
// reached through a link), leaving out directories that nobody asked for (FSEvents
// reports whole trees). It wakes the watchlist when a path that stands for, or
// above, a watched directory came or went.
//
// Its methods are called by the goroutines that drain the backend's events.
// They never wait for the watchlist, which may be waiting for the backend.
type router struct {
	collect *collector
	debug   func(format string, args ...any)
	routes  atomic.Pointer[routes]

	mu       sync.Mutex
	suspects map[string]bool // paths that came or went, bounded by the number of directories and their ancestors
	lostAll  bool            // events were lost: every watch is suspect
	woken    chan struct{}   // capacity 1: there are suspects, or an awaited event came; never closed

	awaited atomic.Bool // the next event of a directory that was asked for wakes the watchlist
}

// routes is immutable but for the heard flags, which the next routes share.
type routes struct {
	directories map[string]*route // by the real path
	above       map[string]bool   // wanted directories and everything above them, real and as spelled
}

type route struct {
	names     []string     // the spellings asked for
	eventSeen *atomic.Bool // an event came from this directory; cleared by the heartbeat
}

func newRouter(c *collector, debug func(string, ...any)) *router {
	r := &router{
		collect:  c,
		debug:    debug,
		suspects: make(map[string]bool),
		woken:    make(chan struct{}, 1),
	}
	r.routes.Store(&routes{})
	return r
}

// eventSeen is called for every event, also those that are not reported.
func (r *router) eventSeen(path string) {
	routes := r.routes.Load()
	for _, dir := range []string{path, filepath.Dir(path)} {
		f := routes.directories[dir]
		if f == nil {
			continue
		}
		f.eventSeen.Store(true)
		if r.awaited.CompareAndSwap(true, false) {
			r.wake()
		}
	}
}

// pathChanged reports that path may have changed; listing says that it was created,
// removed or renamed.
func (r *router) pathChanged(path string, listing bool) {
	r.eventSeen(path)
	routes := r.routes.Load()
	dir, base := filepath.Split(path)
	if f := routes.directories[filepath.Clean(dir)]; f != nil {
		for _, name := range f.names {
			p := filepath.Join(name, base)
			r.collect.path(p)
			if listing && routes.above[p] {
				r.suspect(p)
			}
		}
	}
	if f := routes.directories[path]; f != nil {
		for _, name := range f.names {
			r.collect.path(name)
		}
	}
	if listing && routes.above[path] {
		r.suspect(path)
	}
}

// eventsLost reports that events were lost.
func (r *router) eventsLost(why string) {
	r.debug("events lost: %s", why)
	r.collect.all()
}

// watchesLost reports that events were lost, maybe those of the end of a watch.
func (r *router) watchesLost(why string) {
	r.eventsLost(why)
	r.mu.Lock()
	r.lostAll = true
	r.mu.Unlock()
	r.wake()
}

func (r *router) suspect(path string) {
	r.mu.Lock()
	r.suspects[path] = true
	r.mu.Unlock()
	r.wake()
}

func (r *router) wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}

// awaitEvent has the next event wake the watchlist, which calls it when it has long seen none.
func (r *router) awaitEvent() { r.awaited.Store(true) }

// drainSuspects returns the suspects since the last call. The watchlist calls it.
func (r *router) drainSuspects() (suspects map[string]bool, all bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	suspects, all = r.suspects, r.lostAll
	r.suspects, r.lostAll = make(map[string]bool), false
	return suspects, all
}

// drainSeen returns the directories, by real path, that an event came from since the last
// call. The watchlist calls it.
func (r *router) drainSeen() map[string]bool {
	routes := r.routes.Load()
	heard := make(map[string]bool, len(routes.directories))
	for real, f := range routes.directories {
		if f.eventSeen.Load() {
			f.eventSeen.Store(false)
			heard[real] = true
		}
	}
	return heard
}

// publish makes the directories (spellings by real path) and the wanted names the
// ones that are routed.
func (r *router) publish(directories map[string][]string, wanted []string) {
	old := r.routes.Load()
	next := &routes{
		directories: make(map[string]*route, len(directories)),
		above:       make(map[string]bool, 2*len(wanted)),
	}
	for real, names := range directories {
		f := &route{names: names, eventSeen: new(atomic.Bool)}
		if o := old.directories[real]; o != nil {
			f.eventSeen = o.eventSeen
		}
		next.directories[real] = f
		next.addAbove(real)
	}
	for _, name := range wanted {
		next.addAbove(name)
	}
	r.routes.Store(next)
}

func (r *routes) addAbove(path string) {
	for !r.above[path] {
		r.above[path] = true
		path = filepath.Dir(path)
	}
}
