package watch

import (
	"os"
	"path/filepath"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// A poller scans directories at intervals and reports what differs. It serves file
// systems without events, directories beyond the system's limits, and -watcher poll.
// How often it scans stands in pollinterval.go.
//
// Rejected: comparing the directory's own time to save the reading of its listing
// (an edit in place does not move it, so the metadata of every file is read anyway), and
// comparing contents (the graph does, for the files that matter).
type poller struct {
	interval    time.Duration
	repeatDelay time.Duration
	collect     *collector
	done        <-chan struct{}
	updates     chan update // never closed; senders watch done

	directories map[string]listing // owned by run
	recent      map[string]time.Time
}

// A listing is what was seen in a directory, nil where there was no directory.
type listing map[string]stamp.Meta

// repeatDelay is the time after which a path is reported a second time. A file that is
// written twice within the tick of its file system's clock has the same metadata after
// the second write, if its size is the same. The graph compares contents of young files,
// and finds the second write when the path is reported again. FAT ticks every 2 s.
const repeatDelay = 2 * time.Second

func newPoller(interval, repeatDelay time.Duration, c *collector, done <-chan struct{}) *poller {
	return &poller{
		interval:    interval,
		repeatDelay: repeatDelay,
		collect:     c,
		done:        done,
		updates:     make(chan update),
		directories: make(map[string]listing),
		recent:      make(map[string]time.Time),
	}
}

// watch makes dirs the polled directories. Changes after it returned are reported,
// against the state at the time of the call for those that are new.
func (p *poller) watch(dirs []string) {
	r := update{dirs, make(chan struct{})}
	select {
	case p.updates <- r:
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
		case r := <-p.updates:
			was := len(p.directories)
			p.replaceDirs(r.dirs)
			close(r.reply)
			if len(p.directories) == 0 {
				timer.Stop()
			} else if was == 0 {
				timer.Reset(p.interval)
			}
		case <-timer.C:
			begin := time.Now()
			p.scan(begin)
			timer.Reset(pollPause(p.interval, time.Since(begin)))
		}
	}
}

func (p *poller) replaceDirs(dirs []string) {
	next := make(map[string]listing, len(dirs))
	for _, dir := range dirs {
		l, ok := p.directories[dir]
		if !ok {
			l = listDirectory(dir)
			p.noteRecent(dir, l)
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

// scan compares every directory with what it was.
func (p *poller) scan(now time.Time) {
	for dir, old := range p.directories {
		select {
		case <-p.done:
			return // a scan over a slow network must not delay Close
		default:
		}
		l := listDirectory(dir)
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
		if now.Sub(at) >= p.repeatDelay {
			p.collect.path(path)
			delete(p.recent, path)
		}
	}
}

func (p *poller) report(path string, now time.Time) {
	p.collect.path(path)
	p.recent[path] = now
}

// noteYoung notes the files that may be written again with the same metadata.
func (p *poller) noteRecent(dir string, l listing) {
	now := time.Now()
	for name, m := range l {
		if m.State == stamp.File && now.Sub(m.Newest()) < p.repeatDelay {
			p.recent[filepath.Join(dir, name)] = now
		}
	}
}

// listDirectory reads a directory. What cannot be read is as if it were not there: when it
// can be read again, everything in it is reported.
func listDirectory(dir string) listing {
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
