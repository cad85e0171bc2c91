package watch

import (
	"maps"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// heartbeat is the time between two checks of all directories, where those are few and
// something happens in them. Only a rare thing is found by the heartbeat alone (a parent
// that is renamed outside of all watched directories), so that two seconds are short enough.
const heartbeat = 2 * time.Second

// maxDoublings bounds the pause between two checks while nothing happens: each doubles it, up
// to half a minute. Whoever renames a parent of a project that nobody works on does not
// wait for a reload. The first event makes the pause two seconds again.
const maxDoublings = 4

// heartbeatPause is the pause after a check that took some time: the heartbeat, longer the
// longer nothing has happened, and longer for many directories, so that the checks cost at
// most 0.1 % of a core. 677 directories took some 6 ms on a slow machine.
func (l *watchlist) heartbeatPause(check time.Duration) time.Duration {
	const share, most = 1000, 30 * time.Second
	return max(l.heartbeat<<min(l.idleChecks, maxDoublings), min(share*check, most))
}

// A directory that has just gone missing is checked more often for a while: tools that
// replace a directory remove it first.
const (
	missingInterval = 100 * time.Millisecond // 20 times the heartbeat's cost, for a short while
	missingTime     = 5 * time.Second
)

// renewalInterval keeps a stream of overflows (a tool writes thousands of files for
// a minute) from renewing all watches for each: 400 take 2 to 4 ms.
const renewalInterval = time.Second

// renewDead compares what stands at the path of each directory with what is watched. The
// watches of those that differ, and of the suspects, are renewed. Where events may have
// been missed meanwhile, everything is reported as changed. It reports whether a
// directory went missing.
func (l *watchlist) renewDead(suspects map[string]bool, all bool) (gone bool) {
	bad := make(map[string]bool) // real paths: all spellings are renewed together
	if l.backend != nil {
		for _, real := range l.backend.deadWatches(slices.Collect(maps.Keys(l.real))) {
			l.debug("the watch of %s died", real)
			bad[real] = true
		}
	}
	state := make(map[string]stamp.State)
	for name, f := range l.directories {
		if f.state == polled {
			continue
		}
		now := stamp.Stat(name)
		state[name], f.checkedMtime = now.State, now.Mtime
		if f.state == evented && (all || suspects[name] || suspects[f.real] || !sameDir(f.meta, now)) {
			bad[f.real] = true
		}
	}
	var renew []string
	gap := false
	blind := make(map[string]bool)
	for name, there := range state {
		f := l.directories[name]
		if f.state == evented && !bad[f.real] || f.state == missing && there != stamp.Dir {
			continue
		}
		// Of a directory that is polled, too, nothing was missed. Some file systems
		// give a directory a new inode whenever it is looked up: that must not report
		// everything as changed with every heartbeat.
		blind[name] = !f.alsoPolled
		if f.state == evented {
			gap = gap || blind[name]
			l.removeWatch(name, f)
			f.alsoPolled = f.alsoPolled || l.backend.pollRenewed()
		}
		if there == stamp.Dir {
			renew = append(renew, name)
		} else {
			l.debug("%s went away", name)
			gone = true
		}
	}
	if len(renew) > 0 {
		slices.Sort(renew)
		l.addWatches(renew)
		for _, name := range renew {
			if l.directories[name].state != missing {
				l.debug("%s is watched again", name)
				gap = gap || blind[name]
			}
		}
	} else if gap || gone {
		l.publish()
		l.poller.watch(l.polledDirs())
	}
	if gap {
		l.router.collect.all()
	}
	return gone
}
