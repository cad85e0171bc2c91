package generate

import (
	"time"

	"github.com/gorun-dev/gorun/internal/plainfile"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A fact is what is known of one file.
type fact struct {
	stamp.Stamp
	generated bool // it says of itself that a generator has written it
}

// same reports whether the file had the same content at both times. The names in a
// directory are not compared.
func (f fact) same(now fact) bool {
	v := f.Compare(now.Stamp)
	return v == stamp.Same || v == stamp.Touched
}

// after reports whether the file was written after t, as far as its times tell.
func (f fact) after(t time.Time) bool {
	return f.State == stamp.File && f.Newest().After(t)
}

// An observer reads files where their metadata does not prove what was known.
type observer struct {
	known map[string]fact
	lister
}

func (o *observer) readFact(path string) fact {
	before, ok := o.known[path]
	if ok && before.Proves(stamp.Stat(path)) {
		return before
	}
	now := fact{}
	if stamp.Stat(path).Size > plainfile.Limit {
		now.Stamp, _ = stamp.Of(path) // no generator's source, and too much to hold
		now.Stamp = now.After(before.Stamp)
		o.remember(path, now)
		return now
	}
	src, st, err := stamp.Read(path)
	now.Stamp = st.After(before.Stamp)
	if err == nil && st.State == stamp.File {
		now.generated = isGenerated(path, src)
	}
	o.remember(path, now)
	return now
}

func (o *observer) remember(path string, f fact) {
	if o.known == nil {
		o.known = map[string]fact{}
	}
	o.known[path] = f
}
