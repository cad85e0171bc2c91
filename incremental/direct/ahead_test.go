package direct

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/incremental/ahead"
	"github.com/gorun-dev/gorun/incremental/equal"
)

// skipWithoutLinker skips a test where there is no link ahead for the toolchain.
func skipWithoutLinker(t *testing.T) {
	t.Helper()
	out, _, err := testRunner(t.Context(), []string{"go", "env", "GOROOT"}, t.TempDir(), os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	if err := ahead.Known(strings.TrimSpace(string(out))); err != nil {
		t.Skip(err)
	}
}

// A link that waits makes the same bytes as the stock linker, also where a twin moves lines, and each
// build after the first has one.
func TestLinkAhead(t *testing.T) {
	skipWithoutLinker(t)
	s := setupOf(t)
	s.Ahead = ahead.New(ahead.Config{
		Cache: filepath.Join(t.TempDir(), "cache"), Work: s.Work, Compare: true,
		Debug: t.Logf,
	})
	defer s.Ahead.Close()
	d := prepare(t, s)
	build := func(wantAhead bool) *Outcome {
		t.Helper()
		out, err := d.Build(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if same, err := equal.ButForLines(out.Executable, goRun(t, s)); err != nil || !same {
			t.Errorf("%s is not what go run makes: %v", out.Executable, err)
		}
		if out.Ahead != wantAhead {
			t.Errorf("linked ahead: %v", out.Ahead)
		}
		return out
	}
	build(false)
	if !s.Ahead.Await(t.Context()) {
		t.Fatal("no link waits for the first edit")
	}
	twins := 0
	for _, e := range []struct{ file, from, to string }{
		{"lib/lib.go", "count += i", "count += 2*i"},
		{"lib/lib.go", "\t\tcount += 2*i", "\n\t\tcount += 3*i"},
		{"app/main.go", "lib.F(3)", "lib.F(4)"},
		{"lib/text.txt", "text", "words"},
	} {
		s.edit(t, e.file, e.from, e.to)
		out := build(true)
		twins += len(out.Twins)
		if !s.Ahead.Await(t.Context()) {
			t.Fatal("no link waits")
		}
		if _, err := os.Stat(out.Executable); err != nil {
			t.Error(err)
		}
	}
	if twins == 0 {
		t.Error("no twin was linked")
	}
	s.Ahead.Close()
	if left, _ := filepath.Glob(filepath.Join(s.Work, "ahead*")); len(left) != 4 { // the executables of the session
		t.Errorf("%q are left", left)
	}
	if c := s.Ahead.Counts(); c.Linked != 4 || c.Compared != 4 {
		t.Errorf("%+v", c)
	}
}
