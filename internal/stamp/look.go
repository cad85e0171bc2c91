package stamp

import "time"

// Look is Of without the content: for a file too large to be read, and for a directory
// whose listing is read next. The mtime of a directory is that of the
// last name that came or went, so Settled means of the listing what it means of a
// file's content.
func Look(path string) Stamp {
	now := time.Now()
	m := Stat(path)
	return Stamp{Meta: m, Settled: m.State == Absent || m.settled(now)}
}
