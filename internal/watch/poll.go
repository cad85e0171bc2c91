package watch

import (
	"os"
	"path/filepath"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// A poller looks at directories at intervals and reports what differs. It serves
// file systems without events, directories beyond the system's limits, and
// -watcher poll.
//
// Rejected: comparing the directory's own time to save the reading of its listing
// (an edit in place does not move it, so every file is looked at anyway), and
// comparing contents (the graph does, for the files that matter).
type poller struct {
	interval time.Duration
	gap      time.Duration
	collect  *collector
	done     <-chan struct{}
	requests chan request // never closed; senders watch done

	directories map[string]listing // owned by run
	recent      map[string]time.Time
}

// A listing is what was seen in a directory, nil where there was no directory.
type listing map[string]stamp.Meta

// gap is the time after which a path is reported a second time. A file that is
// written twice within the tick of its file system's clock looks the same
// after the second write, if its size does; the second report makes the graph,
// which compares contents of young files, look again. FAT ticks every 2 s.
const gap = 2 * time.Second

// rest is the pause after a look: the interval, or more if the look took long,
// so that polling takes no more than 5 % of a core. A look that took very long
// waited (for a network, for a core that compiles), and a save should not wait
// for longer than it did.
func rest(interval, look time.Duration) time.Duration {
	const share, most = 20, time.Second
	return max(interval, min(share*look, most), look)
}

func newPoller(interval, gap time.Duration, c *collector, done <-chan struct{}) *poller {
	return &poller{
		interval:    interval,
		gap:         gap,
		collect:     c,
		done:        done,
		requests:    make(chan request),
		directories: make(map[string]listing),
		recent:      make(map[string]time.Time),
	}
}

// watch makes dirs the polled directories. Changes after it returned are reported,
// against the state at the time of the call for those that are new.
func (p *poller) watch(dirs []string) {
	r := request{dirs, make(chan struct{})}
	select {
	case p.requests <- r:
		select {
		case <-r.reply:
		case <-p.done:
		}
	case <-p.done:
	}
}

func (p *poller) run() {
	timer := time.NewTimer(0)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-p.done:
			return
		case r := <-p.requests:
			was := len(p.directories)
			p.set(r.dirs)
			close(r.reply)
			if len(p.directories) == 0 {
				timer.Stop()
			} else if was == 0 {
				timer.Reset(p.interval)
			}
		case <-timer.C:
			begin := time.Now()
			p.look(begin)
			timer.Reset(rest(p.interval, time.Since(begin)))
		}
	}
}

func (p *poller) set(dirs []string) {
	next := make(map[string]listing, len(dirs))
	for _, dir := range dirs {
		l, ok := p.directories[dir]
		if !ok {
			l = list(dir)
			p.noteYoung(dir, l)
		}
		next[dir] = l
	}
	p.directories = next
	for path := range p.recent {
		if _, ok := next[filepath.Dir(path)]; !ok {
			delete(p.recent, path)
		}
	}
}

// look compares every directory with what it was.
func (p *poller) look(now time.Time) {
	for dir, old := range p.directories {
		select {
		case <-p.done:
			return // a look over a slow network must not hold up Close
		default:
		}
		l := list(dir)
		p.directories[dir] = l
		if (old == nil) != (l == nil) {
			p.collect.path(dir)
		}
		for name, m := range l {
			if was, ok := old[name]; !ok || differs(was, m) {
				p.report(filepath.Join(dir, name), now)
			}
		}
		for name := range old {
			if _, ok := l[name]; !ok {
				p.collect.path(filepath.Join(dir, name))
			}
		}
	}
	for path, at := range p.recent {
		if now.Sub(at) >= p.gap {
			p.collect.path(path)
			delete(p.recent, path)
		}
	}
}

func (p *poller) report(path string, now time.Time) {
	p.collect.path(path)
	p.recent[path] = now
}

// noteYoung remembers the files that may be written again without a trace.
func (p *poller) noteYoung(dir string, l listing) {
	now := time.Now()
	for name, m := range l {
		if m.State == stamp.File && now.Sub(m.Newest()) < p.gap {
			p.recent[filepath.Join(dir, name)] = now
		}
	}
}

// list reads a directory. What cannot be read is as if it were not there: when it
// can be read again, everything in it is reported.
func list(dir string) listing {
	if stamp.Stat(dir).State != stamp.Dir {
		return nil // not opened: a pipe would block
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	names, err := f.Readdirnames(-1)
	f.Close()
	if err != nil {
		return nil
	}
	l := make(listing, len(names))
	for _, name := range names {
		l[name] = stamp.Stat(filepath.Join(dir, name))
	}
	return l
}

// differs reports whether a file changed. A directory within a watched directory is
// only there or not: its content is not watched. Permissions alone do not
// count, so where they changed the inode's time must not count either.
func differs(a, b stamp.Meta) bool {
	if a.State == stamp.Dir && b.State == stamp.Dir {
		return !sameDir(a, b)
	}
	if a.Perm != b.Perm {
		a.Perm, a.Ctime = b.Perm, b.Ctime
	}
	return a != b
}
