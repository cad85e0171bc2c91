package watch

import (
	"maps"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// heartbeat is the time between two looks at all directories, where those are few: what
// is found by the heartbeat alone (a parent renamed outside of all watched directories)
// is rare enough for two seconds.
const heartbeat = 2 * time.Second

// rest is the pause after a look that took some time: the heartbeat, or for many
// directories as much more as makes the looks cost 0.1 % of a core. 677 directories took some
// 6 ms on a slow machine.
func (k *keeper) rest(look time.Duration) time.Duration {
	const share, most = 1000, 30 * time.Second
	return max(k.beat, min(share*look, most))
}

// While a directory has just gone missing it is looked for more often: tools that
// replace a directory remove it first.
const (
	lookoutPace = 100 * time.Millisecond // 20 times the heartbeat's cost, for a short while
	lookoutTime = 5 * time.Second
)

// renewalPace keeps a stream of overflows (a tool writes thousands of files for
// a minute) from renewing all watches for each: 400 take 2 to 4 ms.
const renewalPace = time.Second

// check compares what stands at the path of each directory with what is watched,
// and renews what differs and what is suspected. Whenever the watching had a
// gap, everything is to be looked at again. It reports whether a directory went
// missing.
func (k *keeper) check(suspects map[string]bool, all bool) (gone bool) {
	bad := make(map[string]bool) // real paths: all spellings are renewed together
	if k.backend != nil {
		for _, real := range k.backend.dead(slices.Collect(maps.Keys(k.real))) {
			k.debug("the watch of %s died", real)
			bad[real] = true
		}
	}
	state := make(map[string]stamp.State)
	for name, f := range k.directories {
		if f.state == polled {
			continue
		}
		now := stamp.Stat(name)
		state[name], f.now = now.State, now.Mtime
		if f.state == evented && (all || suspects[name] || suspects[f.real] || !sameDir(f.meta, now)) {
			bad[f.real] = true
		}
	}
	var renew []string
	gap := false
	blind := make(map[string]bool)
	for name, there := range state {
		f := k.directories[name]
		if f.state == evented && !bad[f.real] || f.state == missing && there != stamp.Dir {
			continue
		}
		// Where the poller looks, nothing was missed. Some file systems give a
		// directory a new inode whenever it is looked up: that must not cost a
		// look at everything with every heartbeat.
		blind[name] = !f.poll
		if f.state == evented {
			gap = gap || blind[name]
			k.detach(name, f)
			f.poll = f.poll || k.backend.stale()
		}
		if there == stamp.Dir {
			renew = append(renew, name)
		} else {
			k.debug("%s went away", name)
			gone = true
		}
	}
	if len(renew) > 0 {
		slices.Sort(renew)
		k.attach(renew)
		for _, name := range renew {
			if k.directories[name].state != missing {
				k.debug("%s is watched again", name)
				gap = gap || blind[name]
			}
		}
	} else if gap || gone {
		k.publish()
		k.poller.watch(k.polledDirs())
	}
	if gap {
		k.router.collect.all()
	}
	return gone
}

// listen finds directories whose listing changes without an event: file systems
// that report nothing and are not known for it, containers' mounts above all.
// They are polled from then on, with all others of their file system.
func (k *keeper) listen() {
	heard := k.router.takeHeard()
	deaf := ""
	for name, f := range k.directories {
		if f.state != evented {
			continue
		}
		if f.doubt && !heard[f.real] && !f.poll {
			deaf = name
		}
		f.doubt = f.now != f.mtime && !heard[f.real]
		f.mtime = f.now
	}
	if deaf == "" {
		return
	}
	dev := k.directories[deaf].meta.Dev
	for name, f := range k.directories {
		if name == deaf || dev != 0 && f.meta.Dev == dev {
			f.poll = true
		}
	}
	k.tell("deaf "+deaf, "no events come from %s: polling it", deaf)
	k.poller.watch(k.polledDirs())
	k.router.collect.all()
}
