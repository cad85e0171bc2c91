package ahead

import (
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An edit goes to the one place that it names, and nowhere where there is none, or are several.
func TestApply(t *testing.T) {
	const src = `package p

type t struct {
	a int
}

func (x *t) f(n int) int {
	for n > 0 {
		g(n)
		n--
	}
	g(n)
	switch n {
	case 1:
		return 2
	}
	return 1
}

func g(int) {}
`
	const place = "file f.go\nfunc (*t).f\n"
	for _, tt := range []struct{ edits, old, new, err string }{
		{"file f.go\ntype t\nend\n\tb int\n", "a int\n", "a int\n\n\tb int\n", ""},
		{place + "top\n\tx()\n", "f(n int) int {", "f(n int) int {\n\tx()\n", ""},
		{place + "before n--\n\tx()\n", "\t\tn--", "\t\t\n\tx()\nn--", ""},
		{place + "after n--\n\tx()\n", "n--", "n--\n\tx()\n", ""},
		{place + "before 2 g(n)\n\tx()\n", "}\n\tg(n)", "}\n\t\n\tx()\ng(n)", ""},
		{place + "before return 2\n\tx()\n", "return 2", "\n\tx()\nreturn 2", ""},
		{place + "before g(n)\n\tx()\n", "", "", "2 such statements"},
		{place + "before 3 g(n)\n\tx()\n", "", "", "2 such statements"},
		{place + "before n++\n\tx()\n", "", "", "0 such statements"},
		{"file f.go\nfunc (t).f\ntop\n\tx()\n", "", "", "there is no func (t).f"},
		{"file f.go\ntype u\nend\n\tx int\n", "", "", "there is no type u"},
	} {
		list, err := parseEdits(tt.edits)
		if err != nil {
			t.Fatal(err)
		}
		got, err := apply("f.go", []byte(src), list)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: error %v, want %q", tt.edits, err, tt.err)
			}
			continue
		}
		if want := strings.Replace(src, tt.old, tt.new, 1); err != nil || string(got) != want {
			t.Errorf("%q: %v\n%s", tt.edits, err, got)
		}
	}
	for _, bad := range []string{"\tx()\n", "file f.go\nfunc g\nbehind x\n"} {
		if _, err := parseEdits(bad); err == nil {
			t.Errorf("%q is taken for edits", bad)
		}
	}
}

// What is inserted is formatted as Go is.
func TestInsertedIsFormatted(t *testing.T) {
	for _, name := range addedFiles {
		text, err := inserted.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := format.Source(text); err != nil || string(want) != string(text) {
			t.Errorf("%s is not formatted: %v", name, err)
		}
	}
	all, err := edits()
	if err != nil || len(all) == 0 {
		t.Fatalf("%d edits, %v", len(all), err)
	}
	for _, sums := range versions {
		for _, e := range all {
			if sums[e.file] == "" {
				t.Errorf("%s is edited, and its content is not known", e.file)
			}
		}
	}
}

// A copy of what a linker is built from, which a test may change.
func copyOfSources(t *testing.T) (goroot string) {
	t.Helper()
	real := runtimeRoot(t)
	if _, err := readSources(real); err != nil {
		t.Skip(err)
	}
	goroot = t.TempDir()
	files := []string{"VERSION"}
	for _, sums := range versions {
		for f := range maps.Keys(sums) {
			files = append(files, filepath.Join("src", f))
		}
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(real, f))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(goroot, f)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(goroot, f), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return goroot
}

// A toolchain that is not exactly a known one has no link ahead.
func TestOtherToolchains(t *testing.T) {
	for name, spoil := range map[string]func(goroot string) error{
		"as it is":        func(string) error { return nil },
		"another version": func(g string) error { return os.WriteFile(g+"/VERSION", []byte("go1.26.9\n"), 0o666) },
		"no version":      func(g string) error { return os.Remove(g + "/VERSION") },
		"a changed file": func(g string) error {
			name := g + "/src/cmd/link/internal/ld/deadcode.go"
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			return os.WriteFile(name, append(text, '\n'), 0o666)
		},
		"no sources": func(g string) error { return os.RemoveAll(g + "/src") },
	} {
		goroot := copyOfSources(t)
		if err := spoil(goroot); err != nil {
			t.Fatal(err)
		}
		_, err := readSources(goroot)
		if (err == nil) != (name == "as it is") {
			t.Errorf("%s: %v", name, err)
		}
		dir := t.TempDir()
		if _, err := Build(t.Context(), dir, Toolchain{GOROOT: goroot, Tool: "/nonexistent"}); err == nil {
			t.Errorf("%s: a linker was built", name)
		}
		if left, _ := fs.Glob(os.DirFS(dir), "*"); len(left) > 0 {
			t.Errorf("%s: %q is left", name, left)
		}
	}
}

// Where there is no linker the job is the stock linker's, at once and for good.
func TestNoLinker(t *testing.T) {
	skipUnlessSupported(t)
	goroot := copyOfSources(t)
	if err := os.WriteFile(goroot+"/VERSION", []byte("go1.99\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	m := newModule(t, map[string]string{"go.mod": program["go.mod"], "main.go": "package main\n\nfunc main() {}\n"})
	job := m.job(buildID(0))
	job.Tool = filepath.Join(goroot, "pkg", "tool", "linux_amd64", "link")
	var said []string
	l := New(Config{Cache: t.TempDir(), Work: t.TempDir(), Debug: func(f string, a ...any) {
		said = append(said, fmt.Sprintf(f, a...))
	}})
	l.Begin(job)
	l.running.Wait()
	if _, err := l.Link(t.Context(), job); err != errNone {
		t.Errorf("a link: %v", err)
	}
	l.Begin(job)
	if l.current != nil {
		t.Error("it tries again")
	}
	l.Close()
	if len(said) == 0 || !strings.Contains(said[0], "not known to work with go1.99") {
		t.Errorf("it says %q", said)
	}
}
