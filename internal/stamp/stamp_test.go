package stamp

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// old is a time well outside the gap.
var old = time.Now().Add(-time.Hour)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func of(t *testing.T, path string) Stamp {
	t.Helper()
	s, err := Of(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// conclusiveAt returns the stamp as it would be of a file that has been as it is
// for an hour: the kernel does not let a test set ctime back.
func conclusiveAt(t *testing.T, path string) Stamp {
	t.Helper()
	s := of(t, path)
	s.Conclusive = true
	return s
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name       string
		conclusive bool
		edit       func(t *testing.T, path string)
		want       Verdict
	}{
		{"nothing, conclusive", true, func(*testing.T, string) {}, Same},
		{"nothing, young", false, func(*testing.T, string) {}, Same},
		{"other content, other size", true, func(t *testing.T, p string) { write(t, p, "package longer\n") }, Changed},
		{"same content again", true, func(t *testing.T, p string) {
			write(t, p, "package a\n")
			os.Chtimes(p, old, old)
		}, Touched},
		{"same content, renamed over", true, func(t *testing.T, p string) {
			write(t, p+"~", "package a\n")
			if err := os.Rename(p+"~", p); err != nil {
				t.Fatal(err)
			}
		}, Touched},
		{"same size and mtime, other content", false, func(t *testing.T, p string) {
			fi, err := os.Stat(p)
			if err != nil {
				t.Fatal(err)
			}
			write(t, p, "package b\n")
			if err := os.Chtimes(p, fi.ModTime(), fi.ModTime()); err != nil {
				t.Fatal(err)
			}
		}, Changed},
		{"removed", true, func(t *testing.T, p string) { os.Remove(p) }, Changed},
		{"directory in its place", true, func(t *testing.T, p string) {
			os.Remove(p)
			os.Mkdir(p, 0o777)
		}, Changed},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := filepath.Join(t.TempDir(), "a.go")
			write(t, p, "package a\n")
			s := of(t, p)
			s.Conclusive = c.conclusive
			c.edit(t, p)
			got, now, err := s.Check(p)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("Check = %v, want %v", got, c.want)
			}
			if v, _, _ := now.Check(p); v != Same {
				t.Errorf("Check of the new stamp = %v, want same", v)
			}
		})
	}
}

// The gap's reason: a file that is rewritten within the clock's granularity of
// being recorded has the same size, mtime, ctime and inode, and other content.
func TestYoungFileIsRead(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.go")
	write(t, p, "one")
	s := of(t, p)
	if s.Conclusive {
		t.Fatal("a file that was just written is conclusive")
	}
	write(t, p, "two")
	s.Meta = Stat(p) // as a coarse clock would leave it
	if v, _, _ := s.Check(p); v != Changed {
		t.Errorf("Check = %v, want changed", v)
	}
}

func TestConclusive(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		age  time.Duration
		want bool
	}{{time.Hour, true}, {safetyGap + time.Second, true}, {safetyGap / 2, false}, {0, false}, {-time.Hour, false}} {
		m := Meta{State: File, Mtime: now.Add(-c.age).UnixNano()}
		if got := m.olderThanGap(now); got != c.want {
			t.Errorf("conclusive %v after its mtime = %v, want %v", c.age, got, c.want)
		}
		// ctime counts, too: utime(2) can set mtime back, never ctime.
		m = Meta{State: File, Mtime: now.Add(-time.Hour).UnixNano(), Ctime: now.Add(-c.age).UnixNano()}
		if got := m.olderThanGap(now); got != c.want {
			t.Errorf("conclusive %v after its ctime = %v, want %v", c.age, got, c.want)
		}
	}
}

func TestAbsent(t *testing.T) {
	dir := t.TempDir()
	p := filepath.Join(dir, "a.go")
	s := of(t, p)
	if s.State != Absent || s.Exists() {
		t.Fatalf("state of nothing = %v", s.State)
	}
	if v, _, _ := s.Check(p); v != Same {
		t.Errorf("still nothing: %v, want same", v)
	}
	write(t, p, "")
	if v, _, _ := s.Check(p); v != Changed {
		t.Errorf("an empty file appeared: %v, want changed", v)
	}
	if m := Stat(filepath.Join(p, "below")); m.State != Absent {
		t.Errorf("below a file: %v, want absent", m.State)
	}
	if v, _, _ := (Stamp{}).Check(filepath.Join(dir, "none")); v != Changed {
		t.Errorf("zero stamp: %v, want changed", v)
	}
}

func TestLink(t *testing.T) {
	dir := t.TempDir()
	one, two, link := filepath.Join(dir, "one"), filepath.Join(dir, "two"), filepath.Join(dir, "link")
	write(t, one, "1")
	write(t, two, "2")
	if err := os.Symlink(one, link); err != nil {
		t.Skip(err)
	}
	s := conclusiveAt(t, link)
	write(t, one, "changed")
	if v, _, _ := s.Check(link); v != Changed {
		t.Errorf("target changed: %v, want changed", v)
	}
	s = conclusiveAt(t, link)
	os.Remove(link)
	if err := os.Symlink(two, link); err != nil {
		t.Fatal(err)
	}
	if v, _, _ := s.Check(link); v != Changed {
		t.Errorf("link points elsewhere: %v, want changed", v)
	}
	os.Remove(two)
	if m := Stat(link); m.State != Absent {
		t.Errorf("link to nothing: %v, want absent", m.State)
	}
}

func TestUnreadable(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("nothing is unreadable here")
	}
	p := filepath.Join(t.TempDir(), "a.go")
	write(t, p, "package a")
	s := of(t, p)
	if err := os.Chmod(p, 0); err != nil {
		t.Fatal(err)
	}
	v, now, err := s.Check(p)
	if v != Changed || err == nil {
		t.Errorf("Check = %v, %v, want changed and an error", v, err)
	}
	if v, _, _ := now.Check(p); v != Changed {
		t.Errorf("Check of an unreadable file's stamp = %v, want changed", v)
	}
}

func TestRead(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.go")
	for _, content := range []string{"", "x", strings.Repeat("0123456789", 10_000)} {
		write(t, p, content)
		got, s, err := Read(p)
		if err != nil || string(got) != content {
			t.Errorf("Read of %d bytes = %d bytes, %v", len(content), len(got), err)
		}
		if s.Sum != of(t, p).Sum {
			t.Errorf("Read and Of differ on %d bytes", len(content))
		}
	}
}

func TestSince(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.go")
	before := time.Now()
	write(t, p, "x")
	m := Stat(p)
	if !m.Since(before) {
		t.Errorf("written after %v, but Since says no: %v", before, m.Newest())
	}
	if m.Since(m.Newest().Add(time.Minute)) {
		t.Error("Since a minute after the last change says yes")
	}
}
