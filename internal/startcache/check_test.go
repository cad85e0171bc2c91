package startcache

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// Each change must be seen, or must not count, whether metadata is proof or not.
func TestItemCheck(t *testing.T) {
	write := func(t *testing.T, path, content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		kind itemKind
		edit func(t *testing.T, dir string) // of dir/a.go, dir/sub, dir/link → a.go
		path string
		same bool
	}{
		{"nothing", itemFile, func(*testing.T, string) {}, "a.go", true},
		{"touched", itemFile, func(t *testing.T, d string) {
			must(t, os.Chtimes(d+"/a.go", time.Unix(1, 0), time.Unix(1, 0)))
		}, "a.go", true},
		{"renamed over with the same content", itemFile, func(t *testing.T, d string) {
			write(t, d+"/b", "aaa")
			must(t, os.Rename(d+"/b", d+"/a.go"))
		}, "a.go", true},
		{"same size, mtime put back", itemFile, func(t *testing.T, d string) {
			fi, err := os.Stat(d + "/a.go")
			must(t, err)
			write(t, d+"/a.go", "bbb")
			must(t, os.Chtimes(d+"/a.go", fi.ModTime(), fi.ModTime()))
		}, "a.go", false},
		{"removed", itemFile, func(t *testing.T, d string) { must(t, os.Remove(d+"/a.go")) }, "a.go", false},
		{"a directory in its place", itemFile, func(t *testing.T, d string) {
			must(t, os.Remove(d+"/a.go"))
			must(t, os.Mkdir(d+"/a.go", 0o777))
		}, "a.go", false},
		{"appeared", itemState, func(t *testing.T, d string) { write(t, d+"/new", "") }, "new", false},
		{"still absent", itemState, func(t *testing.T, d string) { write(t, d+"/newer", "") }, "new", true},
		{"a new source", itemSources, func(t *testing.T, d string) { write(t, d+"/b.go", "") }, "", false},
		{"a new test", itemSources, func(t *testing.T, d string) { write(t, d+"/b_test.go", "") }, "", false},
		{"a new text", itemSources, func(t *testing.T, d string) { write(t, d+"/b.txt", "") }, "", true},
		{"a source that is passed over", itemSources, func(t *testing.T, d string) { write(t, d+"/_b.go", "") }, "", true},
		{"a directory named like a source", itemSources, func(t *testing.T, d string) {
			must(t, os.Mkdir(d+"/b.go", 0o777))
		}, "", true},
		{"a link instead of a source", itemSources, func(t *testing.T, d string) {
			must(t, os.Rename(d+"/a.go", d+"/a"))
			must(t, os.Symlink("a", d+"/a.go"))
		}, "", false},
		{"a new text among names", itemNames, func(t *testing.T, d string) { write(t, d+"/b.txt", "") }, "", false},
		{"a name gone", itemNames, func(t *testing.T, d string) { must(t, os.Remove(d+"/sub")) }, "", false},
		{"a name gone and back", itemNames, func(t *testing.T, d string) {
			must(t, os.Remove(d+"/sub"))
			must(t, os.Mkdir(d+"/sub", 0o777))
		}, "", true},
		{"a link elsewhere", itemLink, func(t *testing.T, d string) {
			must(t, os.Remove(d+"/link"))
			must(t, os.Symlink("sub", d+"/link"))
		}, "link", false},
		{"a link made again", itemLink, func(t *testing.T, d string) {
			must(t, os.Remove(d+"/link"))
			must(t, os.Symlink("a.go", d+"/link"))
		}, "link", true},
		{"a link where there was none", itemLink, func(t *testing.T, d string) {
			must(t, os.Rename(d+"/sub", d+"/moved"))
			must(t, os.Symlink("moved", d+"/sub"))
		}, "sub", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "a.go"), "aaa")
			must(t, os.Mkdir(filepath.Join(dir, "sub"), 0o777))
			must(t, os.Symlink("a.go", filepath.Join(dir, "link")))
			path := filepath.Join(dir, c.path)
			it, err := observe(path, c.kind, stamp.Of)
			must(t, err)
			conclusive := it
			conclusive.conclusive = true // as if it had been like this for long
			c.edit(t, dir)
			for _, it := range []item{it, conclusive} {
				if got, _ := it.check(path, quickly); got != c.same {
					t.Errorf("settled %v: same = %v, want %v", it.conclusive, got, c.same)
				}
			}
		})
	}
}

// Between two looks a file may have had another content, although it has its
// old one again.
func TestCheckStrictly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	for _, content := range []string{"aaa", "aaa"} {
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	it, err := observe(path, itemFile, stamp.Of)
	if err != nil {
		t.Fatal(err)
	}
	if same, _ := it.check(path, strictly); !same {
		t.Error("differs from itself")
	}
	if err := os.Chtimes(path, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	young := it
	if same, _ := young.check(path, strictly); same {
		t.Error("a file that was touched is the same, strictly")
	}
	if same, _ := it.check(path, quickly); !same {
		t.Error("a file that was touched is not the same")
	}
}

// A file too large to be read differs when its metadata does.
func TestCheckLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "compile")
	if err := os.WriteFile(path, []byte("aaa"), 0o777); err != nil {
		t.Fatal(err)
	}
	it, err := observe(path, itemFile, stamp.Of)
	if err != nil {
		t.Fatal(err)
	}
	it.summed, it.conclusive = false, true
	if same, _ := it.check(path, quickly); !same {
		t.Error("differs from itself")
	}
	if err := os.Chtimes(path, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if same, _ := it.check(path, quickly); same {
		t.Error("the same with another mtime, though nobody has read it")
	}
}

// A record is renewed soon after the build, also by files that the system may not have
// written to the disk yet: or the starts of the next minute would read them all.
func TestCheckThoroughly(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a file is older than stamp's gap")
	}
	path := filepath.Join(t.TempDir(), "a.go")
	if err := os.WriteFile(path, []byte("package a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	it, err := observe(path, itemFile, stamp.Of)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(conclusiveAfter)
	flushed, err := stamp.Flushed(path)
	if err != nil {
		t.Fatal(err)
	}
	same, fresh := it.check(path, thoroughly)
	if !same || fresh != flushed.Conclusive || it.conclusive != flushed.Conclusive {
		t.Errorf("same %v, renewed %v, conclusive %v; want true, and %v", same, fresh, it.conclusive, flushed.Conclusive)
	}
}
