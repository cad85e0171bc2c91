package incremental

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"
	"time"
)

// fill makes an entry with an executable of that many bytes, last used so long
// ago.
func fill(t *testing.T, s *Store, size int, age time.Duration) *Executable {
	t.Helper()
	e, err := s.newEntry()
	if err != nil {
		t.Fatal(err)
	}
	if size > 0 {
		if err := e.named("app"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(e.Path, make([]byte, size), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	when := time.Now().Add(-age)
	if err := os.Chtimes(e.entry, when, when); err != nil {
		t.Fatal(err)
	}
	return e
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestTrim(t *testing.T) {
	s, err := OpenStore(filepath.Join(t.TempDir(), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	s.limit = 250
	oldest := fill(t, s, 100, 4*time.Hour)
	inUse := fill(t, s, 100, 5*time.Hour)
	older := fill(t, s, 100, 3*time.Hour)
	newest := fill(t, s, 100, 2*time.Hour)
	abandoned := fill(t, s, 0, time.Hour)
	beingMade := fill(t, s, 0, 0)
	for _, e := range []*Executable{oldest, older, newest, abandoned, beingMade} {
		e.Release()
	}
	if err := s.Trim(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		e    *Executable
		want bool
	}{
		{"the least recently used", oldest, false},
		{"one in use, however old", inUse, true},
		{"the next to go", older, false},
		{"the newest", newest, true},
		{"one that a killed gorun left empty", abandoned, false},
		{"one that another gorun is making", beingMade, true},
	} {
		if got := exists(tt.e.entry); got != tt.want {
			t.Errorf("%s: is there: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestStoreIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "cache")
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	e := fill(t, s, 1, 0)
	defer e.Remove()
	for _, path := range []string{dir, filepath.Join(dir, "exe"), e.entry, e.bin()} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if perm := info.Mode().Perm(); perm != 0o700 {
			t.Errorf("%s has mode %o", path, perm)
		}
	}
}

func TestOpenStoreNamesTheDir(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(filepath.Join(file, "cache")); err == nil {
		t.Error("a cache below a file")
	}
}

// running makes an entry with a program that runs: nobody holds the entry's lock, as after
// gorun has become the program.
func running(t *testing.T, s *Store, age time.Duration) *Executable {
	t.Helper()
	e := fill(t, s, 0, age)
	if err := e.named("sleep"); err != nil {
		t.Fatal(err)
	}
	if err := copyFile("/bin/sleep", e.Path); err != nil {
		t.Skip(err)
	}
	program := osexec.Command(e.Path, "1000")
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		program.Process.Kill()
		program.Wait()
	})
	when := time.Now().Add(-age)
	if err := os.Chtimes(e.entry, when, when); err != nil {
		t.Fatal(err)
	}
	e.Release()
	return e
}

// The executable of a program that gorun has become is in use, though no gorun is left to
// hold its lock.
func TestProgramHoldsItsExecutable(t *testing.T) {
	for name, free := range map[string]func(*Store) error{"Clean": (*Store).Clean, "Trim": (*Store).Trim} {
		t.Run(name, func(t *testing.T) {
			s, err := OpenStore(filepath.Join(t.TempDir(), "cache"))
			if err != nil {
				t.Fatal(err)
			}
			s.limit = 1
			program, idle := running(t, s, 5*time.Hour), fill(t, s, 100, 4*time.Hour)
			idle.Release()
			if err := free(s); err != nil {
				t.Fatal(err)
			}
			if !exists(program.Path) {
				t.Error("the executable of a running program is gone")
			}
			if exists(idle.entry) {
				t.Error("one that nobody runs is there")
			}
		})
	}
}
