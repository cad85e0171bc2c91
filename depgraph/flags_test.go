package depgraph

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestTags(t *testing.T) {
	p := newProgram(t, base, "-tags=prod,other", "./cmd/app").load()
	p.wantInputs("cmd/app/main.go", "cmd/app/other.go", "lib/deep/deep.go", "lib/lib.go", "lib/prod.go")
	p.replace("lib/prod.go", "build prod", "build prod && dev")
	p.expect(Reload, "left the build: needs tag dev", "lib/prod.go")

	// The same by GOFLAGS, and the command line's list in its place.
	p = newProgram(t, base, "./cmd/app")
	p.setenv("GOFLAGS=-tags=prod '-ldflags=-s -w'")
	p.load()
	p.replace("lib/prod.go", "true", "false")
	p.expect(Rebuild, "content changed", "lib/prod.go")
	p = newProgram(t, base, "-tags=", "./cmd/app")
	p.setenv("GOFLAGS=-tags=prod")
	p.load()
	p.why("lib/prod.go", false, "needs tag prod")
}

// Another target: what is in and out is that target's.
func TestTarget(t *testing.T) {
	p := newProgram(t, base+`
-- lib/f_plan9.go --
package lib
`, "./cmd/app")
	p.setenv("GOOS=plan9", "GOARCH=386")
	p.load()
	p.replace("lib/f_plan9.go", "lib", "lib // x")
	p.expect(Rebuild, "content changed", "lib/f_plan9.go")
}

func TestGoEnvFile(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	p.put("goenv", "GOFLAGS=-tags=prod\n")
	p.expect(Reload, "the file of go env -w appeared", "goenv")
	if !slices.Contains(p.rels(p.g.Inputs()), "lib/prod.go") {
		t.Error("tags of go env -w do not count")
	}
	p.put("goenv", "GOFLAGS=-tags=dev \n") // of the same size
	p.expect(Reload, "the file of go env -w changed", "goenv")
	p.why("lib/prod.go", false, "needs tag prod")
}

// With a relative HOME the file of go env -w has a relative path: below the directory that
// the go command runs in. A relative path among those to watch is of no use to a watcher.
func TestRelativeGoEnvFile(t *testing.T) {
	p := newProgram(t, base, "./cmd/app")
	p.setenv("GOENV=home/goenv")
	p.load()
	for _, dir := range p.g.WatchDirs() {
		if !filepath.IsAbs(dir) {
			t.Errorf("%q is to be watched", dir)
		}
	}
	p.put("home/goenv", "GOFLAGS=-tags=prod\n")
	p.expect(Reload, "the file of go env -w appeared", "home/goenv")
	if !slices.Contains(p.rels(p.g.Inputs()), "lib/prod.go") {
		t.Error("tags of go env -w do not count")
	}
}

func TestFileArguments(t *testing.T) {
	p := newProgram(t, base, "cmd/app/main.go").load()
	p.wantInputs("cmd/app/main.go", "lib/deep/deep.go", "lib/lib.go")
	p.replace("cmd/app/other.go", "fmt.Println()", "fmt.Println(1)")
	p.expect(None, "not one of the files named on the command line", "cmd/app/other.go")
	p.put("cmd/app/new.go", "package main\n")
	p.expect(None, "not one of the files named on the command line", "cmd/app/new.go")
	p.replace("cmd/app/main.go", "lib.F()", "lib.F(), 1")
	p.expect(Rebuild, "content changed", "cmd/app/main.go")
	p.why("lib/prod.go", false, "needs tag prod")
	p.put("lib/new_windows.go", "package lib\n")
	p.expect(None, "for windows", "lib/new_windows.go")
	p.why("cmd/app/main.go", true, "in the build: named on the command line")
	p.why("lib/lib.go", true, "in the build: command-line-arguments imports example.com/m/lib")
	p.put("cmd/app/default.pgo", "x")
	p.expect(Rebuild, "profile appeared", "cmd/app/default.pgo")
	p.remove("cmd/app/main.go")
	p.expect(Reload, "was removed", "cmd/app/main.go")
	p.put("cmd/app/main.go", "package main\n\nfunc main() {}\n")
	p.expect(Reload, "appeared", "cmd/app/main.go")
	p.wantInputs("cmd/app/default.pgo", "cmd/app/main.go")

	// Named files are taken whatever their constraint says.
	p = newProgram(t, base, "cmd/app/main.go", "cmd/app/other.go").load()
	p.replace("cmd/app/other.go", "package", "//go:build ignore\n\npackage")
	p.expect(Rebuild, "constraint changed", "cmd/app/other.go")
	if !slices.Contains(p.rels(p.g.Inputs()), "cmd/app/other.go") {
		t.Error("a named file with //go:build ignore is left out")
	}
}

func TestFileOutsideOfModules(t *testing.T) {
	p := newProgram(t, `
-- sub/x.go --
package main

func main() {}
`, "sub/x.go").load()
	p.wantInputs("sub/x.go")
	p.replace("sub/x.go", "{}", "{ println() }")
	p.expect(Rebuild, "content changed", "sub/x.go")
	p.put("go.mod", "module x\n\ngo 1.26\n")
	p.expect(Reload, "go.mod of the main module appeared", "go.mod")
}

func TestOverlay(t *testing.T) {
	p := newProgram(t, base+`
-- over.json --
{"Replace": {
	"lib/lib.go": "else/lib.txt",
	"lib/added.go": "else/added.txt",
	"lib/deep/gone.go": ""
}}
-- else/lib.txt --
package lib

func F() int { return 2 }
-- else/added.txt --
package lib

import "example.com/m/lib/deep"

var _ = deep.F
-- lib/deep/gone.go --
package nonsense
`, "-overlay=over.json", "./cmd/app").load()
	p.wantInputs("cmd/app/main.go", "cmd/app/other.go", "lib/added.go", "lib/deep/deep.go", "lib/lib.go")
	if errs := p.g.Errors(); len(errs) > 0 {
		t.Error(errs)
	}
	if !p.watched("else") {
		t.Error("the directory of the replacements is not watched")
	}
	p.replace("lib/lib.go", "deep.F()", "1")
	p.expect(None, "", "lib/lib.go") // the disk's does not count
	p.put("lib/deep/gone.go", "package other\n")
	p.expect(None, "-overlay", "lib/deep/gone.go")
	p.replace("else/lib.txt", "2", "3")
	p.expect(Rebuild, "content changed", "else/lib.txt")
	p.replace("else/lib.txt", "package lib", "package lib\n\nimport \"net\"\n\nvar _ net.IP")
	p.expect(Reload, "imports changed: +net", "else/lib.txt")
	p.remove("else/added.txt")
	p.expect(Reload, "was removed", "else/added.txt")
	p.put("over.json", `{"Replace": {}}`)
	p.expect(Reload, "the file of -overlay changed", "over.json")
	if len(p.g.Errors()) == 0 {
		t.Error("without the overlay there are two packages in one directory")
	}
}

func TestModfile(t *testing.T) {
	p := newProgram(t, base+`
-- alt/go.alt.mod --
module example.com/m

go 1.25

require example.com/dep v1.0.0

replace example.com/dep => ./dep
-- dep/go.mod --
module example.com/dep
-- dep/dep.go --
package dep
`, "-modfile=alt/go.alt.mod", "./cmd/app").load()
	p.replace("lib/lib.go", "import", "import _ \"example.com/dep\"\nimport")
	p.expect(Reload, "+example.com/dep", "lib/lib.go")
	p.replace("dep/dep.go", "dep", "dep // x")
	p.expect(Rebuild, "content changed", "dep/dep.go")
	p.replace("alt/go.alt.mod", "1.25", "1.26")
	p.expect(Reload, "the file of -modfile changed", "alt/go.alt.mod")
	p.put("alt/go.alt.sum", "")
	p.expect(Reload, "the go.sum of -modfile appeared", "alt/go.alt.sum")
}

func TestProfile(t *testing.T) {
	p := newProgram(t, base+`
-- prof/cpu.pprof --
x
-- cmd/app/default.pgo --
x
`, "-pgo=prof/cpu.pprof", "./cmd/app").load()
	p.put("prof/cpu.pprof", "y")
	p.expect(Rebuild, "profile changed", "prof/cpu.pprof")
	p.put("cmd/app/default.pgo", "y")
	p.expect(None, "", "cmd/app/default.pgo")

	p = newProgram(t, base, "-pgo=off", "./cmd/app").load()
	p.put("cmd/app/default.pgo", "y")
	p.expect(None, "", "cmd/app/default.pgo")

	p = newProgram(t, base+"\n-- cmd/app/default.pgo --\nx\n", "./cmd/app")
	p.setenv("GOFLAGS=-pgo=auto")
	p.load()
	if got := len(p.g.Packages()); got != len(newProgram(t, base, "./cmd/app").load().g.Packages()) {
		t.Errorf("a profile changes the number of packages to %d", got)
	}
	p.why("cmd/app/default.pgo", true, "in the build: the profile that all packages are compiled with (-pgo)")
	p.remove("cmd/app/default.pgo")
	p.expect(Rebuild, "profile was removed", "cmd/app/default.pgo")
}

func TestSplitFlags(t *testing.T) {
	got := splitFlags("  -a=b '-c=d e'\t\"-f=g 'h'\"  -i")
	want := []string{"-a=b", "-c=d e", "-f=g 'h'", "-i"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReleaseTags(t *testing.T) {
	for version, want := range map[string]string{"go1.26.8": "go1.26", "go1.27rc1": "go1.27",
		"devel go1.28-abcdef Mon": "go1.28"} {
		got := releaseTags(version)
		if got[0] != "go1.1" || got[len(got)-1] != want {
			t.Errorf("releaseTags(%q) = %v", version, got)
		}
	}
}
