package direct

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What no watcher sees is seen: a file of a package that nobody is expected to edit, as in the
// module cache, and what comes and goes in directories that decide the build.
func TestInputsNobodyWatches(t *testing.T) {
	write := func(name, text string) func(t *testing.T, s Setup) {
		return func(t *testing.T, s Setup) { writeFiles(t, s.Dir, map[string]string{name: text}) }
	}
	edit := func(name, from, to string) func(t *testing.T, s Setup) {
		return func(t *testing.T, s Setup) { s.edit(t, name, from, to) }
	}
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, s Setup)
		reason string
	}{
		{"a dependency edited in place", edit("right/right.go", "package right", "package right\n"), "right.go changed"},
		{"a file more in a dependency", write("right/more.go", "package right\n"), "right changed"},
		{"a file less in a dependency", func(t *testing.T, s Setup) {
			if err := os.Remove(filepath.Join(s.Dir, "right", "right_test.go")); err != nil {
				t.Fatal(err)
			}
		}, "right changed"},
		{"assembly", edit("asm/asm.s", "nothing", "still nothing"), "asm.s changed"},
		{"a source more", write("lib/gen.go", "package lib\n"), "lib has another list of files"},
		{"another name for it", write("lib/gen_linux.go", "package lib\n"), "lib has another list of files"},
		{"a file more to embed", write("assets/new.txt", "new"), "assets has another list of files"},
		{"nothing that counts", write("lib/notes.md", "notes"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := setupOf(t)
			writeFiles(t, s.Dir, map[string]string{
				"right/right_test.go": "package right\n", "assets/old.txt": "old", "lib/notes.txt": "notes",
			})
			for i, p := range s.Packages {
				if strings.HasSuffix(p.ImportPath, "/right") {
					s.Packages = append(s.Packages[:i:i], s.Packages[i+1:]...) // as if it were in the module cache
				}
			}
			s.Dirs = map[string]func(string) bool{
				filepath.Join(s.Dir, "lib"):    func(name string) bool { return strings.HasSuffix(name, ".go") },
				filepath.Join(s.Dir, "assets"): func(string) bool { return true },
			}
			d := prepare(t, s)
			s.edit(t, "app/main.go", "lib.F(3)", "lib.F(4)")
			out, err := d.Build(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			tt.change(t, s)
			if c := out.InputChanged(); (c.Path != "") != (tt.reason != "") ||
				!strings.HasSuffix(strings.TrimSpace(c.String()), tt.reason) {
				t.Errorf("after a build: %q", c)
			}
			s.edit(t, "app/main.go", "lib.F(4)", "lib.F(5)")
			_, err = d.Build(t.Context())
			refusal, ok := errors.AsType[*Refusal](err)
			if tt.reason == "" && err != nil || tt.reason != "" && (!ok || !strings.HasSuffix(refusal.Reason, tt.reason)) {
				t.Errorf("error %v", err)
			}
		})
	}
}
