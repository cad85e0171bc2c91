package watch

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// A watchlist owns the list of watched directories: it adds and removes watches, and
// renews those that died. It is the only user of the backend.
//
// The system reports a directory's own end only in part: a watch stays with a directory
// whose parent is renamed away, dies without an event on some systems, and never begins
// for a directory that appears later. So the watchlist compares what stands at each path
// now with what stood there when the watch was added: at once when an event names a
// wanted directory or one above it, and with every heartbeat, whatever events say.
// Rejected: watching the ancestors up to the root instead (/tmp and home directories are
// noisy, and the other cases would still be missed).
type watchlist struct {
	backend   backend // nil: everything is polled
	router    *router
	poller    *poller
	remote    func(dir string) string
	heartbeat time.Duration
	say       func(string)
	debug     func(string, ...any)
	done      <-chan struct{}
	updates   chan update // never closed; senders watch done

	directories map[string]*directory // the wanted, as spelled
	real        map[string][]string   // spellings of each directory that the backend watches, by its real path
	inodes      map[inode]string      // the real path of each watched inode: a bind mount gives one directory two
	said        map[string]bool       // the lines that were printed, by what they are about

	idleChecks int // heartbeats in a row that found nothing, and before which no event came
}

type update struct {
	dirs  []string
	reply chan struct{} // closed by the watchlist
}

// A directory is one that was asked for, under one spelling.
type directory struct {
	state          state
	real           string     // resolved path, while the backend watches it
	meta           stamp.Meta // what stood there when the watch was added
	heartbeatMtime int64      // of the directory, at the last heartbeat
	checkedMtime   int64      // of the directory, at the last renewDead
	silentOnce     bool       // the listing changed and no event came, as of the last heartbeat
	alsoPolled     bool       // polled, whether or not the backend watches it
}

type state int

const (
	missing state = iota // not there, or not accessible
	evented              // watched by the backend
	polled               // by the poller alone: there is no watch to renew
)

func newWatchlist(b backend, r *router, p *poller, done <-chan struct{}, o Options, t tuning) *watchlist {
	return &watchlist{
		backend:     b,
		router:      r,
		poller:      p,
		remote:      t.remote,
		heartbeat:   t.heartbeat,
		say:         o.Say,
		debug:       o.Debug,
		done:        done,
		updates:     make(chan update),
		directories: make(map[string]*directory),
		real:        make(map[string][]string),
		inodes:      make(map[inode]string),
		said:        make(map[string]bool),
	}
}

func (l *watchlist) watch(dirs []string) error {
	r := update{dirs, make(chan struct{})}
	select {
	case l.updates <- r:
	case <-l.done:
		return ErrClosed
	}
	select {
	case <-r.reply:
		return nil
	case <-l.done:
		return ErrClosed
	}
}

func (l *watchlist) run() {
	var timer *time.Timer
	var beats <-chan time.Time // nil where the poller sees everything
	if l.backend != nil {
		timer = time.NewTimer(l.heartbeat)
		defer timer.Stop()
		beats = timer.C
	}
	var (
		missingCheck <-chan time.Time // not nil while a directory has just gone missing
		missingUntil time.Time

		renewed   time.Time // when all watches were renewed
		postponed bool      // they are to be renewed with the next heartbeat
	)
	for {
		gone := false
		select {
		case <-l.done:
			return
		case r := <-l.updates:
			l.replaceDirs(r.dirs)
			close(r.reply)
			l.activity(timer)
		case <-l.router.woken:
			l.activity(timer)
			suspects, all := l.router.drainSuspects()
			if all && time.Since(renewed) < renewalInterval {
				postponed, all = true, false
			}
			gone = l.renewDead(suspects, all)
			if all {
				renewed = time.Now()
			}
		case <-beats:
			begin := time.Now()
			heard := l.router.drainSeen()
			gone = l.renewDead(nil, postponed)
			postponed = false
			if changed := l.findSilent(heard); changed || gone || len(heard) > 0 {
				l.idleChecks = 0
			} else {
				l.idleChecks++
				l.router.awaitEvent()
			}
			timer.Reset(l.heartbeatPause(time.Since(begin)))
		case <-missingCheck:
			missingCheck = nil
			gone = l.renewDead(nil, false)
		}
		if gone {
			missingUntil = time.Now().Add(missingTime)
		}
		if missingCheck == nil && time.Now().Before(missingUntil) {
			missingCheck = time.After(missingInterval)
		}
	}
}

// activity makes the next heartbeat come soon, where it was put off because nothing happened.
func (l *watchlist) activity(timer *time.Timer) {
	if l.idleChecks > 0 {
		l.idleChecks = 0
		timer.Reset(l.heartbeat)
	}
}

// replaceDirs makes dirs the wanted directories.
func (l *watchlist) replaceDirs(dirs []string) {
	wanted := make(map[string]bool, len(dirs))
	var added, absent []string
	for _, dir := range dirs {
		dir = filepath.Clean(dir)
		if wanted[dir] {
			continue
		}
		wanted[dir] = true
		switch f := l.directories[dir]; {
		case f == nil:
			l.directories[dir] = &directory{}
			added = append(added, dir)
		case f.state == missing:
			absent = append(absent, dir)
		}
	}
	for name, f := range l.directories {
		if !wanted[name] {
			l.removeWatch(name, f)
			delete(l.directories, name)
		}
	}
	l.addWatches(append(added, absent...))
	for _, name := range absent {
		if l.directories[name].state != missing {
			l.router.collect.all() // it appeared at some time since it was first asked for
		}
	}
	l.debug("%d directories watched: %d added, %d polled", len(l.directories), len(added), len(l.polledDirs()))
}

// addWatches starts to watch the named directories as they are now.
func (l *watchlist) addWatches(names []string) {
	var (
		watch   []string
		refused = make(map[string][]string) // directories by the reason to poll them
	)
	for _, name := range names {
		f := l.directories[name]
		if l.backend == nil {
			f.state = polled
			continue
		}
		if !filepath.IsAbs(name) {
			// Events come by absolute paths, which would not be spelled as this one.
			f.state = polled
			l.sayOnce("relative "+name, "polling %s: it is not an absolute path", name)
			continue
		}
		f.state, f.meta = missing, stamp.Stat(name)
		if f.meta.State != stamp.Dir {
			continue
		}
		if why := l.remote(name); why != "" {
			// Events and polling: what is saved on this machine is still
			// noticed at once.
			f.alsoPolled = true
			const line = "%s is on %s, which does not report every change: polling it"
			l.sayOnce("on "+why, line, name, why)
		}
		real := resolve(name)
		id, ok := inodeOf(f.meta)
		if same, known := l.inodes[id]; ok && known {
			real = same
		} else if ok {
			l.inodes[id] = real
		}
		f.real = real
		if others := l.real[real]; len(others) == 0 {
			watch = append(watch, real)
		} else if !sameDir(f.meta, l.directories[others[0]].meta) {
			l.router.suspect(real) // what is watched there has been replaced
		}
		l.real[real] = append(l.real[real], name)
		f.state = evented
	}
	l.publish() // before the watches: an event must find its route
	for _, real := range watch {
		if err := l.backend.add(real); err != nil {
			l.noteRefusal(real, err, refused)
		}
	}
	if len(refused) > 0 {
		for why, dirs := range refused {
			if why != "" {
				l.sayOnce(why, "polling %d of %d directories: %s", len(dirs), len(l.directories), why)
			}
		}
		l.publish()
	}
	for _, name := range names {
		f := l.directories[name]
		if f.state != evented {
			continue
		}
		// Replaced while it was added: the next check will see that it differs.
		if now := stamp.Stat(name); sameDir(f.meta, now) {
			f.heartbeatMtime, f.checkedMtime, f.silentOnce = now.Mtime, now.Mtime, false
		} else {
			l.router.suspect(name)
		}
	}
	l.poller.watch(l.polledDirs())
}

// noteRefusal notes that the backend cannot watch a directory, and how it is watched
// instead.
func (l *watchlist) noteRefusal(real string, err error, refused map[string][]string) {
	next := polled
	switch {
	case isAny(err, fs.ErrNotExist, fs.ErrPermission), stamp.Stat(real).State != stamp.Dir:
		// Polling could not see it either. Tried again with each heartbeat.
		l.debug("cannot watch %s yet: %v", real, err)
		next = missing
	case err == errLeftToPolling:
		refused[""] = append(refused[""], real)
	default:
		l.debug("cannot watch %s: %v", real, err)
		why := refusalReason(err)
		refused[why] = append(refused[why], real)
	}
	for _, name := range slices.Clone(l.real[real]) {
		f := l.directories[name]
		l.removeRoute(name, f)
		f.state = next
		if next == polled {
			f.alsoPolled = true
		}
	}
}

// removeWatch ends the watch of a directory, unless another spelling needs it.
func (l *watchlist) removeWatch(name string, f *directory) {
	if f.state == evented {
		real := f.real
		l.removeRoute(name, f)
		if len(l.real[real]) == 0 {
			l.backend.remove(real)
		}
	}
	f.state = missing
}

// removeRoute ends the routing of the backend's events to a directory.
func (l *watchlist) removeRoute(name string, f *directory) {
	rest := slices.DeleteFunc(slices.Clone(l.real[f.real]), func(n string) bool { return n == name })
	if len(rest) > 0 {
		l.real[f.real] = rest
	} else {
		delete(l.real, f.real)
		if id, ok := inodeOf(f.meta); ok {
			delete(l.inodes, id)
		}
	}
	f.real = ""
}

func (l *watchlist) publish() {
	l.router.publish(l.real, slices.Collect(maps.Keys(l.directories)))
}

func (l *watchlist) polledDirs() []string {
	var dirs []string
	for name, f := range l.directories {
		if f.alsoPolled || f.state == polled {
			dirs = append(dirs, name)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// sayOnce prints a line, the first time that there is one about this thing.
func (l *watchlist) sayOnce(thing, format string, args ...any) {
	if !l.said[thing] {
		l.said[thing] = true
		l.say(fmt.Sprintf(format, args...))
	}
}
