package incremental

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A program that asks whether it runs under go run is told so.
func TestPathIsOneOfGoRun(t *testing.T) {
	p := newProject(t)
	p.say("hello", "")
	exe := p.build(nil, nil).Exe
	if exe == nil {
		t.Fatal("no executable")
	}
	elements := strings.Split(filepath.ToSlash(exe.Path), "/")
	n := len(elements)
	// As /tmp/go-build4216/b001/exe/m of go run.
	var digits int
	if _, err := fmt.Sscanf(elements[n-4], "go-build%d", &digits); err != nil ||
		elements[n-3] != "b001" || elements[n-2] != "exe" || elements[n-1] != "m" {
		t.Errorf("it runs from %q", exe.Path)
	}
}

// besideStore is a store whose lines are kept.
func besideStore(t *testing.T) (s *Store, said *[]string) {
	t.Helper()
	s, err := OpenStore(filepath.Join(t.TempDir(), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	said = new([]string)
	s.Say = func(format string, args ...any) { *said = append(*said, fmt.Sprintf(format, args...)) }
	return s, said
}

// leave is a program that writes a file beside its executable.
func leave(t *testing.T, e *Executable, name, text string) {
	t.Helper()
	file := filepath.Join(e.bin(), name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func content(dir, name string) string {
	b, _ := os.ReadFile(filepath.Join(dir, name))
	return string(b)
}

// The next version finds what the one before it has written beside its executable, when it
// starts where that has ended by then, and later where both run for a while.
func TestBesideMoves(t *testing.T) {
	for _, alone := range []bool{true, false} {
		s, said := besideStore(t)
		v1, v2 := fill(t, s, 1, 0), fill(t, s, 1, 0)
		s.Starts(v1, true)
		leave(t, v1, "app.db", "of v1")
		leave(t, v1, "data/users.db", "users")
		s.Starts(v2, alone)
		if got := content(v2.bin(), "app.db"); (got == "of v1") != alone {
			t.Errorf("alone %v: v2 starts with %q", alone, got)
		}
		v1.Remove()
		if a, b := content(v2.bin(), "app.db"), content(v2.bin(), "data/users.db"); a != "of v1" || b != "users" {
			t.Errorf("alone %v: v2 has %q and %q", alone, a, b)
		}
		if exists(v1.entry) || len(*said) > 0 {
			t.Errorf("alone %v: v1 is there: %v; said %q", alone, exists(v1.entry), *said)
		}
		if content(v2.bin(), "app") == "" {
			t.Errorf("alone %v: v2 has no executable", alone)
		}
	}
}

// A version that is started again in the place of one that could not be gets the files back.
func TestBesideMovesBack(t *testing.T) {
	s, _ := besideStore(t)
	v1, v2 := fill(t, s, 1, 0), fill(t, s, 1, 0)
	s.Starts(v1, true)
	leave(t, v1, "app.db", "of v1")
	s.Starts(v2, true)
	s.Starts(v1, true)
	v2.Remove()
	if got := content(v1.bin(), "app.db"); got != "of v1" || exists(v2.entry) {
		t.Errorf("v1 has %q, v2 is there: %v", got, exists(v2.entry))
	}
}

// What has no place to go stays, and is told of once, whoever takes the executable away.
func TestBesideStays(t *testing.T) {
	old := func(t *testing.T, s *Store) *Executable {
		e := fill(t, s, 100, 0)
		leave(t, e, "app.db", "data")
		when := time.Now().Add(-time.Hour)
		if err := os.Chtimes(e.entry, when, when); err != nil {
			t.Fatal(err)
		}
		return e
	}
	for name, away := range map[string]func(s *Store, e *Executable){
		"the end of gorun": func(s *Store, e *Executable) { s.Starts(e, true); e.Remove() },
		"Trim":             func(s *Store, e *Executable) { e.Release(); s.limit = 1; s.Trim() },
		"Clean":            func(s *Store, e *Executable) { e.Release(); s.Clean() },
	} {
		t.Run(name, func(t *testing.T) {
			s, said := besideStore(t)
			e := old(t, s)
			away(s, e)
			if content(e.bin(), "app.db") != "data" {
				t.Error("the file is gone")
			}
			if exists(e.Path) {
				t.Error("the executable is there")
			}
			if len(*said) != 1 || !strings.Contains((*said)[0], e.bin()) {
				t.Errorf("said %q", *said)
			}
			s.Clean()
			if content(e.bin(), "app.db") != "data" || len(*said) != 1 {
				t.Errorf("afterwards: %q, said %q", content(e.bin(), "app.db"), *said)
			}
		})
	}
	t.Run("a newer one has it, too", func(t *testing.T) {
		s, said := besideStore(t)
		v1, v2 := old(t, s), fill(t, s, 1, 0)
		s.Starts(v1, true)
		s.Starts(v2, false)
		leave(t, v2, "app.db", "newer")
		v1.Remove()
		if content(v1.bin(), "app.db") != "data" || content(v2.bin(), "app.db") != "newer" || len(*said) != 1 {
			t.Errorf("v1 %q, v2 %q, said %q", content(v1.bin(), "app.db"), content(v2.bin(), "app.db"), *said)
		}
	})
}
