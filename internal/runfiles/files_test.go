package runfiles

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"templates/**", "/m/templates/a/b.html", true},
		{"templates/**", "/m/other/b.html", false},
		{"templates", "/m/templates/a/b.html", true},
		{"*.sql", "/m/a.sql", true},
		{"*.sql", "/m/sub/a.sql", false},
		{"**/*.sql", "/m/sub/deep/a.sql", true},
		{"../shared/*.sql", "/shared/a.sql", true},
		{"/abs/*.sql", "/abs/a.sql", true},
		{`\[x\]/*.sql`, "/m/[x]/a.sql", true},
		{"{a,b}/*.sql", "/m/b/a.sql", true},
	} {
		if got := NewGlob(c.pattern, "/m").Match(c.path); got != c.want {
			t.Errorf("%q matches %q: %v", c.pattern, c.path, got)
		}
	}
	for _, bad := range []string{"", "[", "{a"} {
		if CheckGlob(bad) == nil {
			t.Errorf("nothing against %q", bad)
		}
	}
}

func TestEnvironment(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.env"), filepath.Join(dir, "b.env")
	write(t, a, "X=1\nHOME=/file\nEMPTY=file\n")
	var failures []string
	o := Options{
		Env: []string{a, b}, Environ: []string{"HOME=/home", "EMPTY="}, Dir: dir,
		Fail: func(format string, args ...any) { failures = append(failures, fmt.Sprintf(format, args...)) },
	}
	f := New(o)
	if _, err := f.Start(environ.Change{}); err == nil {
		t.Error("started without b.env")
	}
	write(t, b, "X=2\n")
	if c, _ := f.Classify([]string{b}); c.Kind != depgraph.Restart || c.Details[0].HalfWritten {
		t.Errorf("b.env appeared: %v", c)
	}
	env, err := f.Start(environ.Change{})
	if want := []string{"HOME=/home", "EMPTY=", "X=2"}; err != nil || !slices.Equal(env, want) {
		t.Errorf("environment %q, %v, want %q", env, err, want)
	}
	// Written, and put back before the burst is over.
	write(t, b, "")
	if c, _ := f.Classify([]string{b}); len(c.Details) != 1 || !c.Details[0].HalfWritten {
		t.Errorf("b.env was cut: %+v; want half of a save", c.Details)
	}
	if !f.Stale() {
		t.Error("not stale with X gone back to 1")
	}
	write(t, b, "X=2\n")
	f.Classify([]string{b})
	if f.Stale() {
		t.Error("stale although it is as it was")
	}
	// What cannot be read keeps the last variables, and one line says so.
	write(t, b, "X=\"secret\n")
	f.Classify([]string{b})
	f.Classify(nil)
	if f.Stale() || len(failures) != 1 ||
		failures[0] != "b.env:1: the quote is not closed; the program keeps the variables that it set before" {
		t.Errorf("stale %v, failures %q", f.Stale(), failures)
	}
}

func TestIncluded(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "web", "a.html")
	write(t, page, "one")
	write(t, filepath.Join(dir, "web", "node_modules", "x.html"), "x")
	f := New(Options{Include: []Glob{NewGlob("web/**", dir), NewGlob("later/*.sql", dir)},
		Exclude: []Glob{NewGlob("**/*.tmp", dir)}})
	expect := func(want depgraph.Kind, paths ...string) {
		t.Helper()
		if c, _ := f.Classify(paths); c.Kind != want {
			t.Errorf("Classify(%q): %v, want %v", paths, c, want)
		}
		if c, _ := f.Classify(nil); c.Kind != depgraph.None {
			t.Errorf("looking at everything after that: %v", c)
		}
	}
	write(t, page, "one")
	expect(depgraph.None, page)
	write(t, page, "two")
	expect(depgraph.Restart, page)
	write(t, page+".tmp", "two")
	expect(depgraph.None, page+".tmp")
	write(t, filepath.Join(dir, "later", "q.sql"), "select")
	expect(depgraph.Restart, filepath.Join(dir, "later"))
	if !slices.Contains(f.WatchDirs(), filepath.Join(dir, "later")) {
		t.Errorf("later is not watched: %q", f.WatchDirs())
	}
	if slices.Contains(f.WatchDirs(), filepath.Join(dir, "web", "node_modules")) {
		t.Error("node_modules is watched")
	}
	if err := os.RemoveAll(filepath.Join(dir, "web")); err != nil {
		t.Fatal(err)
	}
	expect(depgraph.Restart, filepath.Join(dir, "web"))
}

func TestSettingsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gorun.toml")
	f := New(Options{Settings: InspectSettings([]string{file})})
	for i, text := range []string{"a", "b"} {
		write(t, file, text)
		if _, settings := f.Classify(nil); !settings {
			t.Errorf("change %d of gorun.toml was not noticed", i)
		}
	}
	if _, settings := f.Classify([]string{file}); settings {
		t.Error("a change that is none")
	}
	os.Remove(file)
	if _, settings := f.Classify(nil); !settings {
		t.Error("gorun.toml went unnoticed")
	}
}

// What is written into gorun.toml after it was read, and before the files are followed, is
// a change.
func TestSettingsWrittenMeanwhile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gorun.toml")
	for _, step := range []struct{ before, after string }{{"", "a"}, {"a", "b"}, {"b", ""}} {
		write := func(text string) {
			if os.Remove(file); text != "" {
				if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
		write(step.before)
		settings := InspectSettings([]string{file})
		// Here the file is read.
		write(step.after)
		f := New(Options{Settings: settings})
		if _, changed := f.Classify(nil); !changed {
			t.Errorf("%q became %q, unnoticed", step.before, step.after)
		}
		if _, changed := f.Classify(nil); changed {
			t.Errorf("%q became %q, and it is told twice", step.before, step.after)
		}
	}
}
