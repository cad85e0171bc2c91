package depgraph

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The words are public: `gorun -why` prints them.
func TestWhy(t *testing.T) {
	p := newProgram(t, base+`
-- lib/static/x.css --
-- lib/embed.go --
package lib

import _ "embed"

//go:embed static/*
var css string
-- lib/notes.txt --
-- lib/lib_windows.go --
package lib
-- lib/lib_test.go --
package lib
-- lib/_draft.go --
package lib
-- lib/static/.x.css.swp --
-- nested/go.mod --
module example.com/nested
-- nested/n.go --
package nested
-- testdata/x/x.go --
package x
-- docs/index.md --
-- node_modules/a/a.go --
package a
-- default.pgo --
-- go.sum --
`, "./cmd/app").load()
	for _, c := range []struct {
		name string
		in   bool
		want string
	}{
		{"cmd/app/main.go", true, "in the build: example.com/m/cmd/app is the package that is run"},
		{"lib/lib.go", true, "in the build: example.com/m/cmd/app imports example.com/m/lib"},
		{"lib/deep/deep.go", true,
			"in the build: example.com/m/cmd/app imports example.com/m/lib, which imports example.com/m/lib/deep"},
		{"lib/static/x.css", true, "embedded by lib/embed.go: pattern static/*"},
		{"go.mod", true, "decides the build: go.mod of module example.com/m"},
		{"go.sum", true, "decides the build: go.sum of module example.com/m"},
		{"go.work", false, "no such file (it would decide the build: go.work)"},
		{"lib/prod.go", false, "needs tag prod"},
		{"lib/lib_windows.go", false, "for windows"},
		{"lib/lib_test.go", false, "test file"},
		{"lib/_draft.go", false, "name begins with _"},
		{"lib/notes.txt", false, "not in the build: not a source file, and no pattern embeds it"},
		{"lib/nothing.go", false, "no such file"},
		{"lib", false, "the directory of package example.com/m/lib"},
		{"other/other.go", false, "not in the build: no package of example.com/m/cmd/app imports example.com/m/other"},
		{"other", false, "not in the build: no package of example.com/m/cmd/app imports example.com/m/other"},
		{"nested/n.go", false, "not in the build: nested is another module"},
		{"testdata/x/x.go", false, "not in the build: no package is in testdata, and no pattern embeds it"},
		{"docs/index.md", false, "not in the build: no package in its directory, and no pattern embeds it"},
		{"node_modules/a/a.go", false, "not in the build: in a node_modules directory that no import leads into"},
		{"default.pgo", false, "not in the build: no package in its directory, and no pattern embeds it"},
		{"cmd/app/default.pgo", false, "no such file (it would be in the build)"},
	} {
		p.why(c.name, c.in, c.want)
	}
	elsewhere := filepath.Join(t.TempDir(), "x.go")
	if err := os.WriteFile(elsewhere, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if in, got := p.g.Why(elsewhere); in || got != "not in the build: outside of its modules" {
		t.Errorf("Why(elsewhere) = %v, %q", in, got)
	}
	goroot, err := p.goCommand("env", "GOROOT")
	if err != nil {
		t.Fatal(err)
	}
	src := filepath.Join(strings.TrimSpace(string(goroot)), "src")
	if in, got := p.g.Why(filepath.Join(src, "fmt", "print.go")); in ||
		got != "in GOROOT, not watched; example.com/m/cmd/app imports fmt" {
		t.Errorf("Why(print.go) = %v, %q", in, got)
	}
	if in, got := p.g.Why(filepath.Join(src, "net", "net.go")); in || got != "in GOROOT, not watched" {
		t.Errorf("Why(net.go) = %v, %q", in, got)
	}
}

func TestWhyModuleCache(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	cache := p.g.set.modcache[0]
	if in, got := p.g.Why(filepath.Join(cache, "example.com", "x@v1.0.0", "x.go")); in ||
		got != "in the module cache, which is not watched" {
		t.Errorf("Why = %v, %q", in, got)
	}
}

// A program of the toolchain's own that is run by its directory is the user's own for that:
// its files are inputs, and the words for them say so. What it imports stays unwatched.
func TestMainInGoroot(t *testing.T) {
	p := newProgram(t, base, ".")
	out, err := p.goCommand("env", "GOROOT")
	if err != nil {
		t.Fatal(err)
	}
	p.dir = filepath.Join(strings.TrimSpace(string(out)), "src", "cmd", "gofmt")
	if _, err := os.Stat(p.dir); err != nil {
		t.Skip(err)
	}
	p.cfg.Dir = p.dir
	p.load()
	p.why("gofmt.go", true, "in the build: cmd/gofmt is the package that is run")
	p.why("gofmt_test.go", false, "test file")
	p.why("../../fmt/print.go", false, "in GOROOT, not watched; cmd/gofmt imports fmt")
	if !slices.Contains(p.rels(p.g.Inputs()), "gofmt.go") || !p.g.Main().Watched {
		t.Errorf("gofmt.go is no input: %v", p.rels(p.g.Inputs()))
	}
	if c := p.classify("gofmt.go"); c.Kind != None {
		t.Errorf("unchanged: %v", c)
	}

	p.cfg.Patterns = []string{"cmd/gofmt"} // by its import path it is the toolchain's
	p.g = nil
	p.load()
	p.why("gofmt.go", false, "in GOROOT, not watched; cmd/gofmt is the package that is run")
}

// Somebody who puts a Println into the toolchain or into a dependency asks for a file that
// is not watched.
func TestWhyUnwatched(t *testing.T) {
	p := newProgram(t, base, "./cmd/app")
	p.cfg.UnwatchedFiles = true
	p.load()
	src := filepath.Join(p.g.set.goenv["GOROOT"], "src")
	for _, c := range []struct {
		name string
		in   bool
		want string
	}{
		{"fmt/print.go", true, "in the build: example.com/m/cmd/app imports fmt; " +
			"in GOROOT, not watched: the next build has what changes there"},
		{"fmt/fmt_test.go", false, "test file"},
		{"fmt/none.go", false, "in GOROOT, not watched; example.com/m/cmd/app imports fmt"},
		{"os/file_plan9.go", false, "plan9"},
		{"go/ast/ast.go", false, "in GOROOT, not watched"},
	} {
		in, got := p.g.Why(filepath.Join(src, c.name))
		if in != c.in || !strings.Contains(got, c.want) || c.in && got != c.want {
			t.Errorf("%s: %v, %q, want %v, %q", c.name, in, got, c.in, c.want)
		}
	}
}
