package startcache

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A record follows an edit only where all that it says of other paths still holds.
func TestFollow(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) stamp.Stamp {
		t.Helper()
		if err := os.WriteFile(path(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := stamp.Of(path(name))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	type step struct {
		name  string
		do    func(r *incremental.Recording)
		wants string // of the error, "" for none
	}
	for _, tt := range []step{
		{"an edit", func(*incremental.Recording) {}, ""},
		{"another file has changed", func(*incremental.Recording) { write("go.mod", "module y") }, "go.mod is not as it was"},
		{"saved again since", func(*incremental.Recording) { write("a.go", "package c") }, "a.go is not as it was"},
		{"a file that is not recorded", func(r *incremental.Recording) { r.Files[path("b.go")] = write("b.go", "") }, "b.go is not recorded"},
		{"a file more", func(*incremental.Recording) { write("c.go", "package a") }, " is not as it was"},
	} {
		for _, exact := range []bool{false, true} {
			x, k, _ := newIndex(t)
			for _, name := range []string{"b.go", "c.go"} {
				os.Remove(path(name))
			}
			write("a.go", "package a")
			write("go.mod", "module x")
			in := &inputs{items: map[inputKey]item{}}
			for name, kind := range map[string]itemKind{"a.go": itemFile, "go.mod": itemFile, "": itemSources} {
				if err := in.add(path(name), kind); err != nil {
					t.Fatal(err)
				}
			}
			old := x.LookUp(k).Exe
			rec := &record{entry: "1", name: "prog", path: "/bin", exe: exeMeta(old.Path), directories: in.directories()}
			if err := x.write(k, rec); err != nil {
				t.Fatal(err)
			}
			next := filepath.Join(x.cache, "exe", "2", "b001", "exe")
			if err := errors.Join(os.MkdirAll(next, 0o700), os.WriteFile(filepath.Join(next, "prog"), []byte("next"), 0o700)); err != nil {
				t.Fatal(err)
			}
			exe := x.store.Reuse("2", "prog")
			exe.PATH = "/other"
			r := incremental.Recording{Exe: exe, Exact: exact, Files: map[string]stamp.Stamp{
				path("a.go"): write("a.go", "package b"),
			}}
			tt.do(&r)
			err := x.follow(k, r)
			if (err == nil) != (tt.wants == "") || err != nil && !strings.Contains(err.Error(), tt.wants) {
				t.Errorf("%s: %v", tt.name, err)
			}
			found := x.LookUp(k)
			if err != nil {
				if found.Exe != nil {
					t.Errorf("%s: the next start is one of %q", tt.name, found.Exe.Path)
				}
				continue
			}
			if found.Exe == nil || found.Exe.Path != exe.Path || found.Exe.PATH != "/other" || found.Live == exact {
				t.Errorf("%s: found %+v", tt.name, found)
			}
			if exact {
				if err := x.follow(k, r); !errors.Is(err, errHolds) {
					t.Errorf("once more: %v", err)
				}
			}
			write("a.go", "package a")
			if found := x.LookUp(k); found.Exe != nil {
				t.Error("found, though the file is what it was before")
			}
		}
	}
	x, k, _ := newIndex(t)
	if err := x.follow(Key{1}, incremental.Recording{}); err == nil {
		t.Error("there is no record to follow")
	}
	if err := x.write(k, &record{unrecordable: "cgo"}); err != nil {
		t.Fatal(err)
	}
	if err := x.follow(k, incremental.Recording{}); err == nil || err.Error() != "cgo" {
		t.Errorf("unrecordable: %v", err)
	}
}
