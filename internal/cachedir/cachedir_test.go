package cachedir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", "")
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	if dir, err := Find(os.Getenv); err != nil || !strings.HasPrefix(dir, home) {
		t.Errorf("with a home: %q, %v", dir, err)
	}
	explicit := filepath.Join(home, "mine")
	t.Setenv("GORUNCACHE", explicit)
	if dir, err := Find(os.Getenv); err != nil || dir != explicit {
		t.Errorf("with GORUNCACHE: %q, %v", dir, err)
	}
	t.Setenv("GORUNCACHE", "relative")
	if dir, err := Find(os.Getenv); err == nil {
		t.Errorf("a relative GORUNCACHE gave %q", dir)
	}
	t.Setenv("GORUNCACHE", "")
	t.Setenv("HOME", filepath.Join(home, "not", "there"))
	dir, err := Find(os.Getenv)
	if err != nil || !strings.HasPrefix(dir, tmp) {
		t.Errorf("without a home: %q, %v", dir, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the private directory: %v, %v", info, err)
	}
	if _, err := os.Stat(filepath.Join(home, "not")); err == nil {
		t.Error("a home was made where there was none")
	}
}

// A private directory is in the cache, with the rights of one, also where it was there
// with others; where the cache is a file, it is among the temporary files.
func TestPrivate(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	cache := filepath.Join(t.TempDir(), "cache")
	if err := os.MkdirAll(filepath.Join(cache, "open"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"new", "open", "open"} {
		dir, err := Private(cache, name)
		if err != nil || dir != filepath.Join(cache, name) {
			t.Fatalf("%s: %q, %v", name, dir, err)
		}
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	file := filepath.Join(cache, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if dir, err := Private(file, "x"); err != nil || !strings.HasPrefix(dir, tmp) {
		t.Errorf("in a file: %q, %v", dir, err)
	}
}
