package initconfig_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/initconfig"
)

const shop = `
-- go.mod --
module example.com/shop

go 1.26
-- main.go --
package main

func main() {}
`

// sources are the files of other tools.
var sources = []string{
	".air.toml", ".air.conf", "Procfile", "Procfile.dev", "modd.conf", "reflex.conf", "Makefile", "Taskfile.yml",
	"package.json",
}

// A directory in a file's place, one that is too large, and one that is not UTF-8 are told; the rest is read.
func TestOddFiles(t *testing.T) {
	for what, create := range map[string]func(name string) error{
		"cannot be read: is a directory": func(name string) error { return os.Mkdir(name, 0o777) },
		"not read: it is not UTF-8": func(name string) error {
			return os.WriteFile(name, []byte("web: \xff\xfe"), 0o666)
		},
		"not read: larger than 1 MiB": func(name string) error {
			return os.WriteFile(name, []byte(strings.Repeat("web: a\n", 1<<18)), 0o666)
		},
	} {
		for _, name := range sources {
			dir := extract(t, txtar.Parse([]byte(shop)).Files)
			if err := create(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			o := options(t, dir)
			o.Go = filepath.Join(dir, "no-go") // which takes a while
			r, err := initconfig.Read(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			want := name + ":1: " + what
			if len(r.Told) != 1 || r.Told[0] != want {
				t.Errorf("told %q, want %q", r.Told, want)
			}
			if r.Package != "." {
				t.Errorf("%s: program %q", name, r.Package)
			}
		}
	}
}

// What is in files is escaped: nobody can write a line of gorun.toml, or end a comment.
func TestEscapes(t *testing.T) {
	dir := extract(t, txtar.Parse([]byte(shop)).Files)
	odd := "a\"b\\\n[hooks]\nbefore-build = [\"evil\"]\x01\u2028\U000e0001é"
	air := fmt.Sprintf("[build]\ncmd = \"go build -o tmp/main .\"\nbin = \"tmp/main\"\nargs_bin = [%s]\n", tomlString(odd))
	if err := os.WriteFile(filepath.Join(dir, ".air.toml"), []byte(air), 0o666); err != nil {
		t.Fatal(err)
	}
	r := read(t, dir)
	f, err := config.Parse("/m/gorun.toml", "gorun.toml", r.Text, flags.Keys())
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Settings("")
	if err != nil || len(s.Args) != 1 || s.Args[0] != odd {
		t.Errorf("args %q, %v\n%s", s.Args, err, r.Text)
	}
	for _, word := range s.Flags {
		if strings.HasPrefix(word, "-before-build") {
			t.Errorf("%s", r.Text)
		}
	}
}

func tomlString(s string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, `\U%08x`, r)
	}
	return `"` + b.String() + `"`
}

// A file with very many lines has bounds for what is said, and for how many programs there are.
func TestMany(t *testing.T) {
	dir := extract(t, txtar.Parse([]byte(shop)).Files)
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, "a%d: sleep %d\nb%d: sleep %d | cat\n", i, i, i, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "Procfile"), []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	r := read(t, dir)
	if n := len(r.Told); n != 101 || !strings.HasPrefix(r.Told[100], "and ") {
		t.Errorf("%d lines, the last one %q", n, r.Told[n-1])
	}
	if n := strings.Count(string(r.Text), "[program."); n != 100 {
		t.Errorf("%d programs", n)
	}
	checkSettings(t, r)
}

// What grows with each step it takes has bounds: recipes that call each other, variables that stand in variables, files
// with a great many keys, all as large as a file may be.
func TestGrowing(t *testing.T) {
	var recipes, vars, procs, keys, scripts strings.Builder
	for i := range 9 {
		fmt.Fprintf(&recipes, "r%d:\n\tgo build ./a%d\n%s", i, i, strings.Repeat(fmt.Sprintf("\tmake r%d\n", (i+1)%9), 900))
		fmt.Fprintf(&vars, "V%d = %s\n", i, strings.Repeat(fmt.Sprintf("$(V%d)", i+1), 9000))
	}
	vars.WriteString("V9 = " + strings.Repeat("x", 9000) + "\n")
	for range 50 {
		vars.WriteString("a:\n\treflex -s -- go run . $(V0)\n")
	}
	for i := range 70_000 {
		fmt.Fprintf(&procs, "p: make r%d\n", i%9)
		if i < 6000 {
			fmt.Fprintf(&keys, "k%d = 1\n", i)
		}
	}
	scripts.WriteString("{\"scripts\": {\n")
	for i := range 30_000 {
		fmt.Fprintf(&scripts, "\"s%d\": \"gow run ./no\",\n", i)
	}
	scripts.WriteString("\"end\": \"\"}}\n")
	start := time.Now()
	dir := extract(t, append(txtar.Parse([]byte(shop)).Files, []txtar.File{
		{Name: "Makefile", Data: []byte(recipes.String() + vars.String())}, {Name: "Procfile", Data: []byte(procs.String())},
		{Name: ".air.toml", Data: []byte(keys.String())}, {Name: "package.json", Data: []byte(scripts.String())},
	}...))
	for _, f := range []string{"Makefile", "Procfile", ".air.toml", "package.json"} {
		if info, err := os.Stat(filepath.Join(dir, f)); err != nil || info.Size() > 1<<20 {
			t.Errorf("%s: %v, %d bytes", f, err, info.Size())
		}
	}
	checkSettings(t, read(t, dir))
	t.Logf("in %v", time.Since(start))
	if d := time.Since(start); d > time.Minute {
		t.Errorf("it took %v", d)
	}
}

// Without a go command that works, the directories are walked: they give the same packages.
func TestWithoutGo(t *testing.T) {
	for _, name := range []string{"mains", "work"} {
		a, err := txtar.ParseFile("testdata/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		dir := extract(t, a.Files)
		want := read(t, dir)
		o := options(t, dir)
		o.Go = filepath.Join(dir, "no-go")
		got, err := initconfig.Read(t.Context(), o)
		if err != nil || string(got.Text) != string(want.Text) || fmt.Sprint(got.Told) != fmt.Sprint(want.Told) {
			t.Errorf("%s: %v\n%s%v\nwant\n%s%v", name, err, got.Text, got.Told, want.Text, want.Told)
		}
	}
}

// A project without a main package has no gorun.toml.
func TestNothing(t *testing.T) {
	dir := extract(t, txtar.Parse([]byte("-- go.mod --\nmodule example.com/shop\n-- a.go --\npackage shop\n")).Files)
	if r, err := initconfig.Read(t.Context(), options(t, dir)); err == nil {
		t.Errorf("%s", r.Text)
	}
}

// Write writes no file where there is anything, a link that leads nowhere included, and leaves nothing else behind.
func TestWrite(t *testing.T) {
	r := &initconfig.Result{Text: []byte("# all of it\n")}
	for name, create := range map[string]func(path string) error{
		"file":      func(path string) error { return os.WriteFile(path, []byte("mine"), 0o600) },
		"directory": func(path string) error { return os.Mkdir(path, 0o777) },
		"link":      func(path string) error { return os.Symlink("nowhere", path) },
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "gorun.toml")
		if err := create(path); err != nil {
			t.Fatal(err)
		}
		err := r.Write(path)
		if _, ok := errors.AsType[*initconfig.ExistsError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
		if list, _ := os.ReadDir(dir); len(list) != 1 {
			t.Errorf("%s: %v", name, list)
		}
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "gorun.toml")
	if err := r.Write(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if list, _ := os.ReadDir(dir); err != nil || string(data) != "# all of it\n" || len(list) != 1 {
		t.Errorf("%q, %v, %v", data, err, list)
	}
	if err := r.Write(filepath.Join(dir, "no", "gorun.toml")); err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("a directory that is not there: %v", err)
	}
}
