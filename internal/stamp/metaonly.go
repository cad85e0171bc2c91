package stamp

import "time"

// ReadMeta returns the stamp of a path without reading its content: for a file that is too
// large, and for a directory whose listing the caller reads next. The mtime of a directory
// is the time when the last name came or went, so equal metadata and Conclusive are proof of
// an equal listing, too.
func ReadMeta(path string) Stamp {
	now := time.Now()
	m := Stat(path)
	return Stamp{Meta: m, Conclusive: m.State == Absent || m.olderThanGap(now)}
}
