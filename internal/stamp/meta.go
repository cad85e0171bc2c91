package stamp

import (
	"io/fs"
	"os"
	"time"
)

// A Meta is what can be known of a file without reading it. Two are compared
// with ==. The zero Meta is that of a path that was never read.
type Meta struct {
	State State
	Perm  fs.FileMode // permission bits: they decide whether a build can read the file
	Size  int64       // bytes, of a file
	Mtime int64       // last change of the content, ns since 1970
	Ctime int64       // last change of the inode (unix) or creation (Windows), ns since 1970; 0 where there is none
	Dev   uint64      // device and inode; 0 where there are none
	Inode uint64
}

// A State is what stands at a path.
type State uint8

const (
	Unseen  State = iota // never read
	Absent               // nothing, or a link that points to nothing
	File                 // a regular file
	Dir                  // a directory
	Other                // a device, a pipe, a socket
	Unknown              // cannot be found out: a parent directory is not accessible, links run in circles
)

// Stat returns the metadata of what stands at path, links followed. It never
// fails: what is not there, or cannot be seen, is metadata, too.
func Stat(path string) Meta {
	m, err := stat(path)
	if err != nil {
		if notThere(err) {
			return Meta{State: Absent}
		}
		return Meta{State: Unknown}
	}
	return m
}

// statInfo is stat by way of the os package.
func statInfo(path string) (Meta, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return Meta{}, err
	}
	return metaOf(fi), nil
}

// Exists reports whether something stands at the path.
func (m Meta) Exists() bool {
	return m.State == File || m.State == Dir || m.State == Other
}

// Newest is the later of the times that a change of the content moves.
func (m Meta) Newest() time.Time {
	return time.Unix(0, max(m.Mtime, m.Ctime))
}

// Since reports whether the file may have been changed at or after t, within
// the granularity of the file system's clock. True of what has no times.
func (m Meta) Since(t time.Time) bool {
	return m.Mtime == 0 || !m.Newest().Before(t.Add(-granularity))
}

// granularity is how much earlier than the clock of this process a file that
// is written now may be stamped: the tick of the slowest common kernel, doubled.
const granularity = 32 * time.Millisecond

// olderThanGap reports whether the times were older than the gap at now. Times of
// the future never are.
func (m Meta) olderThanGap(now time.Time) bool {
	return m.Mtime != 0 && m.Newest().Before(now.Add(-safetyGap))
}

func metaOf(fi fs.FileInfo) Meta {
	m := Meta{State: Other, Perm: fi.Mode().Perm(), Mtime: fi.ModTime().UnixNano()}
	switch {
	case fi.Mode().IsRegular():
		m.State, m.Size = File, fi.Size()
	case fi.IsDir():
		m.State = Dir
	}
	m.Ctime, m.Dev, m.Inode = identity(fi)
	return m
}
