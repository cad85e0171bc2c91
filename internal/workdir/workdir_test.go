package workdir

import (
	"os"
	"path/filepath"
	"testing"
)

func TestChange(t *testing.T) {
	dir := t.TempDir()
	inner := filepath.Join(dir, "a", "inner")
	if err := os.MkdirAll(inner, 0o777); err != nil {
		t.Fatal(err)
	}
	abs := filepath.Join(dir, "a")
	for to, want := range map[string]string{
		"": dir, "a": abs, "./a/": abs, abs: abs, filepath.Join("a", "inner") + "/..": abs,
		"missing": filepath.Join(dir, "missing"),
	} {
		if got := Change(dir, to); got != want {
			t.Errorf("Change(%q) = %q, want %q", to, got, want)
		}
	}
	if err := os.Symlink(inner, filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		t.Fatal(err)
	}
	// The system goes up from where the link leads.
	if got := Change(dir, "link/.."); got != real {
		t.Errorf("Change(link/..) = %q, want %q", got, real)
	}
}

func TestPaths(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "long", "enough")
	file := filepath.Join(dir, "f.go")
	if got := Absolute(dir, "./f.go"); got != file {
		t.Errorf("Absolute = %q", got)
	}
	if got := Absolute("elsewhere", file); got != file {
		t.Errorf("Absolute of an absolute path = %q", got)
	}
	if got := Relative(dir, file); got != "f.go" {
		t.Errorf("Relative = %q", got)
	}
}
