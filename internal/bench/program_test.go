package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// testRun is a run that works in the test's directory, with the user's build cache.
func testRun(t *testing.T) *run {
	t.Helper()
	goCmd, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	env := environment(work)
	cache, err := userCache(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(work, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	return &run{work: work, env: append(env, "GOCACHE="+cache), goCmd: goCmd, log: t.Logf}
}

// TestShapes shows that the generated programs are what the tables say of them.
func TestShapes(t *testing.T) {
	r := testRun(t)
	for _, s := range shapes {
		p, err := generated(s, r.work, "127.0.0.1:1")
		if err != nil {
			t.Fatal(err)
		}
		list, err := p.list(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		p.describe(list)
		if p.info.Module != s.packages() {
			t.Errorf("%s: %d packages of its own are in the build, want %d", s.name, p.info.Module, s.packages())
		}
		if want := "a.bench/" + s.name; s.layers == 0 && (p.info.Edited != want || p.info.Importers != 0) {
			t.Errorf("%s: %+v", s.name, p.info)
		}
		if n := p.info.Importers; s.layers > 0 && (n < fanIn-5 || n > fanIn+10) {
			t.Errorf("%s: %d packages import the edited one", s.name, n)
		}
	}
	large, middle := shapes[2], shapes[1]
	if large.packages() < 600 || middle.packages() < 180 || middle.packages() > 220 {
		t.Errorf("%d and %d packages", large.packages(), middle.packages())
	}
}

// TestGeneratedRuns builds a module of a shape too small to be measured, and
// looks whether what is edited reaches its report.
func TestGeneratedRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program eight times")
	}
	t.Parallel()
	r := testRun(t)
	p, err := generated(shape{name: "tiny", layers: 4, width: 8, edited: 1}, r.work, "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(r.work, "tiny.exe")
	text := newText()
	build := func() (tokens []string, err error) {
		if _, err := r.output(t.Context(), p.root, p.env, "go", "build", "-o", exe, p.pkg); err != nil {
			return nil, err
		}
		tn, err := r.newTurn(goTool("gorun"), p)
		if err != nil {
			t.Fatal(err)
		}
		defer tn.stop()
		if _, err := r.output(t.Context(), p.root, append(tn.env, exitEnv+"=1"), exe); err != nil {
			t.Fatal(err)
		}
		list, err := tn.reports()
		if err != nil || len(list) != 1 || list[0].pid == 0 || list[0].at.IsZero() {
			t.Fatalf("%v, %v", list, err)
		}
		return list[0].tokens, nil
	}
	for i, e := range edits {
		token := "v" + string(rune('1'+i))
		text.apply(e.Name, token)
		if err := os.WriteFile(p.fileOf(e.Name), []byte(p.content(e.Name, text)), 0o666); err != nil {
			t.Fatal(err)
		}
		tokens, err := build()
		if err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		if got := strings.Contains(" "+strings.Join(tokens, " ")+" ", " "+token+" "); got == e.Invisible {
			t.Errorf("%s: the report has %q", e.Name, tokens)
		}
	}
	text.apply("broken", "undefined_v9")
	if err := os.WriteFile(p.fileOf("broken"), []byte(p.content("broken", text)), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := build(); err == nil || !strings.Contains(err.Error(), "undefined_v9") {
		t.Errorf("the broken program: %v", err)
	}
}

// TestCopied shows that a checkout is measured in a copy, which builds.
func TestCopied(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	t.Parallel()
	r := testRun(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.24\n",
		"cmd/app/main.go": "package main\n\nimport _ \"example.com/m/lib\"\n" +
			"import _ \"example.com/m/other\"\n\nfunc main() {}\n",
		"lib/lib.go":        "package lib\n",
		"other/other.go":    "package other\n\nimport _ \"example.com/m/lib\"\n",
		".git/config":       "",
		"unused/unused.go":  "package unused\n",
		"cmd/tool/main.go":  "package main\n\nfunc main() {}\n",
		"lib/lib_test.go":   "package lib\n",
		"other/testdata/it": "",
	} {
		if err := writeFile(filepath.Join(dir, name), text); err != nil {
			t.Fatal(err)
		}
	}
	p, err := copied(t.Context(), r, checkout{dir: dir, pkg: "./cmd/app"}, r.work)
	if err != nil {
		t.Fatal(err)
	}
	if p.libDir != "lib" || p.pkg != "./cmd/app" || p.module != "example.com/m" {
		t.Errorf("%+v", p)
	}
	if _, err := os.Stat(filepath.Join(p.root, ".git")); err == nil {
		t.Error(".git is copied")
	}
	if err := p.fill(t.Context(), r); err != nil {
		t.Error(err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*", "gorun*")); files != nil {
		t.Errorf("written into the checkout: %q", files)
	}
	p, err = copied(t.Context(), r, checkout{dir: dir, pkg: "./cmd/app", edit: "other"}, t.TempDir())
	if err != nil || p.libDir != "other" || p.libName != "other" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, c := range []checkout{
		{dir: dir, pkg: "./lib"},
		{dir: dir, pkg: "./cmd/app", edit: "unused"},
		{dir: dir, pkg: "./nowhere"},
	} {
		if _, err := copied(t.Context(), r, c, t.TempDir()); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
