package startcache

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/privatedir"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// An index in whose store there is an executable, and its record.
func newIndex(t *testing.T) (x *Index, k Key, exe string) {
	t.Helper()
	cache := filepath.Join(t.TempDir(), "cache")
	store, err := incremental.OpenStore(cache)
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(cache, "exe", "1", "b001", "exe")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	exe = filepath.Join(bin, "prog")
	if err := os.WriteFile(exe, []byte("executable"), 0o700); err != nil {
		t.Fatal(err)
	}
	x = OpenIndex(cache, store)
	if err := privatedir.Make(cache, indexName); err != nil {
		t.Fatal(err)
	}
	if err := x.write(k, &record{entry: "1", name: "prog", path: "/bin", exe: exeMeta(exe)}); err != nil {
		t.Fatal(err)
	}
	return x, k, exe
}

func TestLookUp(t *testing.T) {
	x, k, exe := newIndex(t)
	found := x.LookUp(k)
	if found.Exe == nil || found.Exe.Path != exe || found.Exe.PATH != "/bin" {
		t.Fatalf("found %+v", found)
	}
	found.Exe.Remove()
	if x.LookUp(k).Exe == nil {
		t.Error("an executable that was reused has been removed from the store")
	}
	info, err := os.Stat(x.file(k))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the record's mode: %v, %v", info.Mode(), err)
	}
	if x.LookUp(Key{1}).Exe != nil {
		t.Error("found under another key")
	}
}

// Another file in the executable's place is not started.
func TestLookUpOtherExecutable(t *testing.T) {
	x, k, exe := newIndex(t)
	if err := os.WriteFile(exe+"~", []byte("other code"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(exe+"~", exe); err != nil {
		t.Fatal(err)
	}
	if found := x.LookUp(k); found.Exe != nil {
		t.Error("found")
	}
	if err := os.Remove(exe); err != nil {
		t.Fatal(err)
	}
	if found := x.LookUp(k); found.Exe != nil {
		t.Error("found, though it is gone")
	}
	if err := x.Trim(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(x.file(k)); !os.IsNotExist(err) {
		t.Errorf("Trim leaves a record without executable: %v", err)
	}
}

func TestLookUpUnrecordable(t *testing.T) {
	x, k, _ := newIndex(t)
	if err := x.write(k, &record{unrecordable: "cgo"}); err != nil {
		t.Fatal(err)
	}
	if found := x.LookUp(k); !found.Unrecordable || found.Exe != nil {
		t.Errorf("%+v", found)
	}
	old := stamp.Stat(x.file(k)).Newest().Add(-2 * unrecordableAge)
	if err := os.Chtimes(x.file(k), old, old); err != nil {
		t.Fatal(err)
	}
	if found := x.LookUp(k); found.Unrecordable || found.Exe != nil {
		t.Errorf("believed for ever: %+v", found)
	}
}

func TestLookUpDamaged(t *testing.T) {
	x, k, _ := newIndex(t)
	for _, content := range []string{"", "x", recordFormat, recordFormat + "\x00\x00\x00\x00"} {
		if err := os.WriteFile(x.file(k), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if found := x.LookUp(k); found.Exe != nil || found.Unrecordable {
			t.Errorf("%q: %+v", content, found)
		}
	}
}

// A record that somebody else may have written is none, and none is written there.
func TestLookUpForeign(t *testing.T) {
	for _, level := range []string{"", "start", "exe", "exe/1", "exe/1/b001/exe"} {
		x, k, _ := newIndex(t)
		if err := os.Chmod(filepath.Join(x.cache, level), 0o777); err != nil {
			t.Fatal(err)
		}
		if found := x.LookUp(k); found.Exe != nil {
			t.Errorf("%q can be written by others: %+v", level, found)
		}
		if err := os.Chmod(filepath.Join(x.cache, level), 0o700); err != nil {
			t.Fatal(err)
		}
		if found := x.LookUp(k); found.Exe == nil {
			t.Errorf("%q is private again: %+v", level, found)
		}
	}
	x, k, _ := newIndex(t)
	file := x.file(k)
	if err := os.Rename(file, file+"~"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file+"~", file); err != nil {
		t.Fatal(err)
	}
	if found := x.LookUp(k); found.Exe != nil {
		t.Errorf("the record is a link: %+v", found)
	}
	if err := os.Chmod(x.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := x.write(k, sample()); err == nil {
		t.Error("a record was written where others can write")
	}
	if c, err := x.TryClaim(k); err == nil {
		t.Errorf("a claim where others can write: %v", c)
	}
}
