package initconfig

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/flags"
)

// FuzzRead has files of other tools with any content: what is made of them is a gorun.toml, each time the same, and
// each of its lines says where it comes from.
func FuzzRead(f *testing.F) {
	names := []string{
		".air.toml", "Procfile", "Procfile.dev", "modd.conf", "reflex.conf", "Makefile", "Taskfile.yml", "package.json",
	}
	projects, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, project := range projects {
		a, err := txtar.ParseFile(project)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			for i, name := range names {
				if file.Name == name {
					f.Add(byte(i), file.Data)
				}
			}
		}
	}
	dir := f.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/shop\n", "main.go": "package main\n\nfunc main() {}\n", "cmd/a/a.go": "package main\n",
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			f.Fatal(err)
		}
	}
	o := Options{Dir: dir, Go: filepath.Join(dir, "no-go"), Keys: flags.Keys()}
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		name := filepath.Join(dir, names[int(which)%len(names)])
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(name)
		r, err := Read(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Read(context.Background(), o); err != nil || !bytes.Equal(again.Text, r.Text) ||
			strings.Join(again.Told, "\n") != strings.Join(r.Told, "\n") {
			t.Errorf("%v\n%s\n%q\nand then\n%s\n%q", err, r.Text, r.Told, again.Text, again.Told)
		}
		if _, err := config.Parse("/m/gorun.toml", "gorun.toml", r.Text, o.Keys); err != nil {
			t.Errorf("%v\n%s", err, r.Text)
		}
		for line := range strings.Lines(string(r.Text)) {
			if strings.Contains(line, " = ") && !strings.Contains(line, " # ") {
				t.Errorf("nothing says where this comes from: %s", line)
			}
		}
		for _, told := range r.Told {
			if strings.ContainsAny(told, "\n") || !utf8.ValidString(told) {
				t.Errorf("told %q", told)
			}
		}
	})
}

// FuzzShell holds what splitShell gives against the text: of words that are what they say, joined again by quotes, it
// makes the same.
func FuzzShell(f *testing.F) {
	for _, line := range []string{
		`go build -o x . && ./x`, `A=1 b 'c d' "e\"f" g\ h`, `a "$(b ")" c)" $d`, "a `b` | c", `a; b`, `a &`, `a # b`, `'`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		cmds, err := splitShell(line, place{"f", 1}, "")
		if err != nil {
			return
		}
		for _, cmd := range cmds {
			words, why := texts(cmd.words)
			if why != "" || len(cmd.env) > 0 {
				continue
			}
			quoted := make([]string, len(words))
			for i, w := range words {
				quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
			}
			again, err := splitShell(strings.Join(quoted, " "), place{"f", 1}, "")
			if assignment().MatchString(words[0]) {
				continue // in quotes it is no assignment to a shell
			}
			if err != nil || len(again) != 1 {
				t.Fatalf("%q: %q: %v %v", line, words, again, err)
			}
			if got, _ := texts(again[0].words); strings.Join(got, "\x00") != strings.Join(words, "\x00") {
				t.Errorf("%q: %q, then %q", line, words, got)
			}
		}
	})
}
