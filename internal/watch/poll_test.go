package watch

import (
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// A file that is written twice within a tick of the clock looks the same after
// the second write: its path comes a second time, after the gap.
func TestPollTwice(t *testing.T) {
	for _, young := range []bool{true, false} {
		r := newRig(t, "poll", func(_ *Options, tu *tuning) { tu.repeatDelay = 300 * time.Millisecond })
		p := r.join("a.go")
		if young {
			r.write(p, "package a") // just before Watch: once, without a change
		}
		r.watch(r.dir)
		if !young {
			r.write(p, "package a") // after it: twice
			r.path(p)
		}
		r.path(p)
	}
}

func TestDiffers(t *testing.T) {
	file := stamp.Meta{State: stamp.File, Perm: 0o644, Size: 10, Mtime: 1e9, Ctime: 1e9, Dev: 1, Inode: 5}
	dir := stamp.Meta{State: stamp.Dir, Perm: 0o755, Mtime: 1e9, Ctime: 1e9, Dev: 1, Inode: 6}
	edit := func(m stamp.Meta, f func(*stamp.Meta)) stamp.Meta { f(&m); return m }
	for _, c := range []struct {
		name string
		a, b stamp.Meta
		want bool
	}{
		{"same", file, file, false},
		{"size", file, edit(file, func(m *stamp.Meta) { m.Size++ }), true},
		{"mtime", file, edit(file, func(m *stamp.Meta) { m.Mtime++ }), true},
		{"mtime set back", file, edit(file, func(m *stamp.Meta) { m.Ctime++ }), true},
		{"another file", file, edit(file, func(m *stamp.Meta) { m.Inode++ }), true},
		{"chmod", file, edit(file, func(m *stamp.Meta) { m.Perm, m.Ctime = 0o600, 2e9 }), false},
		{"chmod and write", file, edit(file, func(m *stamp.Meta) { m.Perm, m.Ctime, m.Mtime = 0o600, 2e9, 2e9 }), true},
		{"gone", file, stamp.Meta{State: stamp.Absent}, true},
		{"directory now", file, dir, true},
		{"entries of a directory", dir, edit(dir, func(m *stamp.Meta) { m.Mtime, m.Ctime = 2e9, 2e9 }), false},
		{"another directory", dir, edit(dir, func(m *stamp.Meta) { m.Inode++ }), true},
	} {
		if got := differs(c.a, c.b); got != c.want {
			t.Errorf("%s: differs = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestPollPause(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct{ interval, scan, want time.Duration }{
		{250 * ms, 2 * ms, 250 * ms},
		{250 * ms, 20 * ms, 400 * ms},
		{250 * ms, 200 * ms, 1000 * ms},
		{250 * ms, 3000 * ms, 3000 * ms},
		{5000 * ms, 20 * ms, 5000 * ms},
	} {
		if got := pollPause(c.interval, c.scan); got != c.want {
			t.Errorf("pollPause(%v, %v) = %v, want %v", c.interval, c.scan, got, c.want)
		}
	}
}
