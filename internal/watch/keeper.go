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

// A keeper owns the set of watched directories: it adds and removes watches, and
// renews those that died. It is the only user of the backend.
//
// The system tells of a directory's own end only in part: a watch stays with a
// directory whose parent is renamed away, dies without a word on some systems,
// and never begins for a directory that appears later. So the keeper compares
// what stands at each path now with what stood there when the watch was added:
// at once when an event names a wanted directory or one above it, and with every
// heartbeat, whatever events say. Rejected: watching the ancestors up to the
// root instead (/tmp and home directories are noisy, and it is no net for the rest).
type keeper struct {
	backend  backend // nil: everything is polled
	router   *router
	poller   *poller
	remote   func(dir string) string
	beat     time.Duration
	say      func(string)
	debug    func(string, ...any)
	done     <-chan struct{}
	requests chan request // never closed; senders watch done

	directories map[string]*directory // the wanted, as spelled
	real        map[string][]string   // spellings of each directory that the backend watches, by its real path
	inodes      map[inode]string      // the real path of each watched inode: two real paths are one directory under a bind mount
	said        map[string]bool       // what the user has been told
}

type request struct {
	dirs  []string
	reply chan struct{} // closed by the keeper
}

// A directory is one that was asked for, under one spelling.
type directory struct {
	state state
	real  string     // resolved path, while the backend watches it
	meta  stamp.Meta // what stood there when the watch was added
	mtime int64      // of the directory, at the last heartbeat
	now   int64      // of the directory, at the last check
	doubt bool       // the listing changed and no event came, as of the last heartbeat
	poll  bool       // polled, too, or only
}

type state int

const (
	missing state = iota // not there, or not accessible
	evented              // watched by the backend
	polled               // by the poller alone: it does not need the keeper
)

func newKeeper(b backend, r *router, p *poller, done <-chan struct{}, o Options, t tuning) *keeper {
	return &keeper{
		backend:     b,
		router:      r,
		poller:      p,
		remote:      t.remote,
		beat:        t.heartbeat,
		say:         o.Say,
		debug:       o.Debug,
		done:        done,
		requests:    make(chan request),
		directories: make(map[string]*directory),
		real:        make(map[string][]string),
		inodes:      make(map[inode]string),
		said:        make(map[string]bool),
	}
}

func (k *keeper) watch(dirs []string) error {
	r := request{dirs, make(chan struct{})}
	select {
	case k.requests <- r:
	case <-k.done:
		return ErrClosed
	}
	select {
	case <-r.reply:
		return nil
	case <-k.done:
		return ErrClosed
	}
}

func (k *keeper) run() {
	var timer *time.Timer
	var beats <-chan time.Time // nil where the poller sees everything
	if k.backend != nil {
		timer = time.NewTimer(k.beat)
		defer timer.Stop()
		beats = timer.C
	}
	var (
		lookout      <-chan time.Time // not nil while a directory has just gone missing
		lookoutUntil time.Time

		renewed   time.Time // when all watches were renewed
		postponed bool      // they are to be renewed with the next heartbeat
	)
	for {
		gone := false
		select {
		case <-k.done:
			return
		case r := <-k.requests:
			k.set(r.dirs)
			close(r.reply)
		case <-k.router.woken:
			suspects, all := k.router.takeSuspects()
			if all && time.Since(renewed) < renewalPace {
				postponed, all = true, false
			}
			gone = k.check(suspects, all)
			if all {
				renewed = time.Now()
			}
		case <-beats:
			begin := time.Now()
			gone = k.check(nil, postponed)
			postponed = false
			k.listen()
			timer.Reset(k.rest(time.Since(begin)))
		case <-lookout:
			lookout = nil
			gone = k.check(nil, false)
		}
		if gone {
			lookoutUntil = time.Now().Add(lookoutTime)
		}
		if lookout == nil && time.Now().Before(lookoutUntil) {
			lookout = time.After(lookoutPace)
		}
	}
}

// set makes dirs the wanted directories.
func (k *keeper) set(dirs []string) {
	wanted := make(map[string]bool, len(dirs))
	var added, absent []string
	for _, dir := range dirs {
		dir = filepath.Clean(dir)
		if wanted[dir] {
			continue
		}
		wanted[dir] = true
		switch f := k.directories[dir]; {
		case f == nil:
			k.directories[dir] = &directory{}
			added = append(added, dir)
		case f.state == missing:
			absent = append(absent, dir)
		}
	}
	for name, f := range k.directories {
		if !wanted[name] {
			k.detach(name, f)
			delete(k.directories, name)
		}
	}
	k.attach(append(added, absent...))
	for _, name := range absent {
		if k.directories[name].state != missing {
			k.router.collect.all() // it appeared at some time since it was first asked for
		}
	}
	k.debug("%d directories watched: %d added, %d polled", len(k.directories), len(added), len(k.polledDirs()))
}

// attach starts to watch the named directories as they are now.
func (k *keeper) attach(names []string) {
	var (
		watch   []string
		refused = make(map[string][]string) // directories by the reason to poll them
	)
	for _, name := range names {
		f := k.directories[name]
		if k.backend == nil {
			f.state = polled
			continue
		}
		f.state, f.meta = missing, stamp.Stat(name)
		if f.meta.State != stamp.Dir {
			continue
		}
		if why := k.remote(name); why != "" {
			// Events and polling: what is saved on this machine is still
			// noticed at once.
			f.poll = true
			k.tell("on "+why, "%s is on %s, which does not report every change: polling it", name, why)
		}
		real := resolve(name)
		id, ok := inodeOf(f.meta)
		if same, known := k.inodes[id]; ok && known {
			real = same
		} else if ok {
			k.inodes[id] = real
		}
		f.real = real
		if others := k.real[real]; len(others) == 0 {
			watch = append(watch, real)
		} else if !sameDir(f.meta, k.directories[others[0]].meta) {
			k.router.suspect(real) // what is watched there has been replaced
		}
		k.real[real] = append(k.real[real], name)
		f.state = evented
	}
	k.publish() // before the watches: an event must find its route
	for _, real := range watch {
		if err := k.backend.add(real); err != nil {
			k.refused(real, err, refused)
		}
	}
	if len(refused) > 0 {
		for why, dirs := range refused {
			if why != "" {
				k.tell(why, "polling %d of %d directories: %s", len(dirs), len(k.directories), why)
			}
		}
		k.publish()
	}
	for _, name := range names {
		f := k.directories[name]
		if f.state != evented {
			continue
		}
		// Replaced while it was added: the next check will see that it differs.
		if now := stamp.Stat(name); sameDir(f.meta, now) {
			f.mtime, f.now, f.doubt = now.Mtime, now.Mtime, false
		} else {
			k.router.suspect(name)
		}
	}
	k.poller.watch(k.polledDirs())
}

// refused notes that the backend cannot watch a directory, and how it is watched
// instead.
func (k *keeper) refused(real string, err error, refused map[string][]string) {
	next := polled
	switch {
	case isAny(err, fs.ErrNotExist, fs.ErrPermission), stamp.Stat(real).State != stamp.Dir:
		// Polling could not see it either. Tried again with each heartbeat.
		k.debug("cannot watch %s yet: %v", real, err)
		next = missing
	case err == errByPolling:
		refused[""] = append(refused[""], real)
	default:
		k.debug("cannot watch %s: %v", real, err)
		why := reason(err)
		refused[why] = append(refused[why], real)
	}
	for _, name := range slices.Clone(k.real[real]) {
		f := k.directories[name]
		k.forget(name, f)
		f.state = next
		if next == polled {
			f.poll = true
		}
	}
}

// detach ends the watch of a directory, unless another spelling needs it.
func (k *keeper) detach(name string, f *directory) {
	if f.state == evented {
		real := f.real
		k.forget(name, f)
		if len(k.real[real]) == 0 {
			k.backend.remove(real)
		}
	}
	f.state = missing
}

// forget takes a directory out of what the backend's events are routed to.
func (k *keeper) forget(name string, f *directory) {
	rest := slices.DeleteFunc(slices.Clone(k.real[f.real]), func(n string) bool { return n == name })
	if len(rest) > 0 {
		k.real[f.real] = rest
	} else {
		delete(k.real, f.real)
		if id, ok := inodeOf(f.meta); ok {
			delete(k.inodes, id)
		}
	}
	f.real = ""
}

func (k *keeper) publish() {
	k.router.publish(k.real, slices.Collect(maps.Keys(k.directories)))
}

func (k *keeper) polledDirs() []string {
	var dirs []string
	for name, f := range k.directories {
		if f.poll || f.state == polled {
			dirs = append(dirs, name)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// tell says a thing to the user once.
func (k *keeper) tell(thing, format string, args ...any) {
	if !k.said[thing] {
		k.said[thing] = true
		k.say(fmt.Sprintf(format, args...))
	}
}
