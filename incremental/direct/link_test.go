package direct

import (
	"debug/elf"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// buildIDs returns what tools such as profilers tell executables apart by: Go's build ID, and the
// GNU note where there is one.
func buildIDs(t *testing.T, s Setup, exe string) string {
	t.Helper()
	out, stderr, err := testRunner(t.Context(), []string{"go", "tool", "buildid", exe}, s.Dir, os.Environ())
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	ids := strings.TrimSpace(string(out))
	f, err := elf.Open(exe)
	if err != nil {
		return ids
	}
	defer f.Close()
	if n := f.Section(".note.gnu.build-id"); n != nil {
		note, err := n.Data()
		if err != nil {
			t.Fatal(err)
		}
		ids += " " + hex.EncodeToString(note)
	}
	return ids
}

// Executables that differ have build IDs that differ, and the same executable has the same.
func TestBuildIDs(t *testing.T) {
	s := setupOf(t)
	d := prepare(t, s)
	seen := map[string]string{buildIDs(t, s, goRun(t, s)): "go run"}
	build := func(name string) string {
		t.Helper()
		out, err := d.Build(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return buildIDs(t, s, out.Executable)
	}
	first := build("before any edit")
	seen[first] = "before any edit"
	for _, tt := range []struct{ name, file, from, to string }{
		{"a body", "lib/lib.go", "count += i", "count += 2*i"},
		{"a body, linked with the importers' old archives", "lib/lib.go", "\t\tcount += 2*i", "\n\t\tcount += 3*i"},
		{"only lines", "lib/lib.go", "\t\tcount += 3*i", "\n\n\t\tcount += 3*i"},
		{"the main package", "app/main.go", "lib.F(3)", "lib.F(4)"},
		{"an embedded file", "lib/text.txt", "text", "words"},
	} {
		s.edit(t, tt.file, tt.from, tt.to)
		ids := build(tt.name)
		for part := range strings.FieldsSeq(ids) {
			if strings.Contains(first, part) {
				t.Errorf("%s: build ID %q is that of another executable", tt.name, part)
			}
		}
		if other, ok := seen[ids]; ok {
			t.Errorf("%s: the build IDs are those of %s", tt.name, other)
		}
		seen[ids] = tt.name
	}
	// An undone edit is the first executable again, also when it has to be linked anew.
	writeModule(t, s.Dir)
	if err := os.RemoveAll(filepath.Dir(filepath.Dir(d.exes[0].path))); err != nil {
		t.Fatal(err)
	}
	if ids := build("undone"); ids != first {
		t.Errorf("undone: build IDs %q, were %q", ids, first)
	}
}
