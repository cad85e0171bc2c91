package depgraph

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// base is a module with most kinds of files.
const base = `
-- go.mod --
module example.com/m

go 1.26
-- cmd/app/main.go --
package main

import (
	"fmt"

	"example.com/m/lib"
)

func main() { fmt.Println(lib.F()) }
-- cmd/app/other.go --
package main

import "fmt"

func other() { fmt.Println() }
-- cmd/app/main_test.go --
package main

import "testing"

func Test(t *testing.T) {}
-- lib/lib.go --
package lib

import "example.com/m/lib/deep"

func F() int { return deep.F() }
-- lib/prod.go --
//go:build prod

package lib

const Prod = true
-- lib/deep/deep.go --
package deep

func F() int { return 1 }
-- lib/deep/asm_riscv64.s --
TEXT ·f(SB), $0
-- other/other.go --
package other
-- README --
read me
`

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(p *program)
		paths  []string
		kind   Kind
		reason string
	}{
		{"nothing", func(p *program) {}, []string{"lib/lib.go"}, None, "content is the same"},
		{"same content", func(p *program) { p.put("lib/lib.go", p.get("lib/lib.go")) }, []string{"lib/lib.go"}, None,
			"content is the same"},
		{"body", func(p *program) { p.replace("lib/deep/deep.go", "1", "2") }, []string{"lib/deep/deep.go"}, Rebuild,
			"content changed"},
		{"comment", func(p *program) { p.replace("lib/deep/deep.go", "func", "// F\nfunc") }, []string{"lib/deep/deep.go"},
			Rebuild, "content changed"},
		{"import", func(p *program) {
			p.replace("lib/deep/deep.go", "func", "import \"net/http\"\n\nvar _ = http.DefaultClient\n\nfunc")
		}, []string{"lib/deep/deep.go"}, Reload, "imports changed: +net/http"},
		{"import removed", func(p *program) { p.put("lib/lib.go", "package lib\n\nfunc F() int { return 1 }\n") },
			[]string{"lib/lib.go"}, Reload, "imports changed: -example.com/m/lib/deep"},
		{"import that another file has", func(p *program) {
			p.put("cmd/app/other.go", "package main\n\nfunc other() {}\n")
		}, []string{"cmd/app/other.go"}, Rebuild, "imports changed: -fmt"},
		{"import with another name", func(p *program) {
			p.replace("lib/lib.go", `import "`, `import d "`)
			p.replace("lib/lib.go", "deep.F()", "d.F()")
		}, []string{"lib/lib.go"}, Rebuild, "content changed"},
		{"package clause", func(p *program) { p.replace("lib/deep/deep.go", "package deep", "package deeper") },
			[]string{"lib/deep/deep.go"}, Reload, "package clause changed: deep → deeper"},
		{"constraint that leaves it out",
			func(p *program) { p.replace("lib/deep/deep.go", "package", "//go:build prod\n\npackage") },
			[]string{"lib/deep/deep.go"}, Reload, "left the build: needs tag prod"},
		{"constraint that keeps it", func(p *program) {
			p.replace("lib/deep/deep.go", "package",
				"//go:build !prod\n\npackage")
		}, []string{"lib/deep/deep.go"}, Rebuild, "constraint changed"},
		{"constraint that lets it in", func(p *program) { p.replace("lib/prod.go", "prod\n", "!prod\n") },
			[]string{"lib/prod.go"}, Reload, "now a file of package example.com/m/lib"},
		{"constraint of the toolchain",
			func(p *program) { p.replace("lib/prod.go", "build prod", "build goexperiment.newthing") }, []string{"lib/prod.go"},
			Reload, "perhaps a file of package"},
		{"left-out file", func(p *program) { p.replace("lib/prod.go", "true", "false") }, []string{"lib/prod.go"}, None,
			"needs tag prod"},
		{"left-out file removed", func(p *program) { p.remove("lib/prod.go") }, []string{"lib/prod.go"}, None, "removed"},
		{"linkname", func(p *program) {
			p.replace("lib/deep/deep.go", "func", "//go:linkname g runtime.g\n\nfunc")
		}, []string{"lib/deep/deep.go"}, Rebuild, "//go:linkname lines changed"},
		{"debug", func(p *program) {
			p.replace("cmd/app/main.go", "package", "//go:debug panicnil=1\npackage")
		}, []string{"cmd/app/main.go"}, Rebuild, "//go:debug lines changed"},
		{"cgo begins", func(p *program) { p.replace("cmd/app/other.go", "\"fmt\"", "\"fmt\"\nimport \"C\"") },
			[]string{"cmd/app/other.go"}, Reload, "imports changed: +C"},
		{"removed", func(p *program) { p.remove("lib/lib.go") }, []string{"lib/lib.go"}, Reload, "was removed"},
		{"renamed", func(p *program) { p.rename("cmd/app/other.go", "cmd/app/another.go") },
			[]string{"cmd/app/other.go", "cmd/app/another.go"}, Reload, "new file of package example.com/m/cmd/app"},
		{"renamed out", func(p *program) { p.rename("cmd/app/other.go", "cmd/app/other_windows.go") },
			[]string{"cmd/app/other.go", "cmd/app/other_windows.go"}, Reload, "for windows"},
		{"created", func(p *program) { p.put("lib/new.go", "package lib\n") }, []string{"lib/new.go"}, Reload,
			"new file of package example.com/m/lib"},
		{"created empty", func(p *program) { p.put("lib/new.go", "") }, []string{"lib/new.go"}, Reload,
			"breaks package example.com/m/lib"},
		{"created for others", func(p *program) { p.put("lib/new_plan9.go", "package lib\n") }, []string{"lib/new_plan9.go"},
			None, "for plan9"},
		{"created and gone", func(p *program) {}, []string{"lib/new.go"}, None, "no such file"},
		{"asm created", func(p *program) { p.put("lib/f.s", "") }, []string{"lib/f.s"}, Reload, "new file"},
		{"header created", func(p *program) { p.put("lib/f.h", "") }, []string{"lib/f.h"}, Reload, "new file"},
		{"object created", func(p *program) { p.put("lib/f.syso", "") }, []string{"lib/f.syso"}, Reload, "new file"},
		{"test", func(p *program) { p.replace("cmd/app/main_test.go", "{}", "{ t.Skip() }") },
			[]string{"cmd/app/main_test.go"}, None, "test file"},
		{"new test", func(p *program) { p.put("lib/lib_test.go", "package lib\n") }, []string{"lib/lib_test.go"}, None,
			"test file"},
		{"test that breaks the package", func(p *program) { p.put("cmd/app/main_test.go", "package main\n\nimport \"tes\n") },
			[]string{"cmd/app/main_test.go"}, Reload, "breaks package example.com/m/cmd/app: "},
		{"underscore", func(p *program) { p.put("lib/_x.go", "package lib\n") }, []string{"lib/_x.go"}, None, "_"},
		{"dot", func(p *program) { p.put("lib/.x.go", "package lib\n") }, []string{"lib/.x.go"}, None, "."},
		{"editor files", func(p *program) {
			for _, name := range []string{"4913", ".lib.go.swp", "lib.go~", "#lib.go#", ".lib.go.kate-swp", "lib.go.tmp",
				"___jb_tmp___"} {
				p.put("lib/"+name, "package lib\n")
			}
			os.Symlink("user@host.1234:5678", p.path("lib/.#lib.go"))
		}, []string{"lib/4913", "lib/.lib.go.swp", "lib/lib.go~", "lib/#lib.go#", "lib/.#lib.go", "lib/___jb_tmp___"}, None,
			""},
		{"package not imported", func(p *program) { p.put("other/other.go", "package other // x\n") },
			[]string{"other/other.go"}, None,
			"not in the build: no package of example.com/m/cmd/app imports example.com/m/other"},
		{"no source", func(p *program) { p.put("README", "x\n") }, []string{"README"}, None, "not in the build"},
		{"go.mod", func(p *program) { p.replace("go.mod", "1.26", "1.25") }, []string{"go.mod"}, Reload,
			"go.mod of module example.com/m changed"},
		{"go.sum", func(p *program) { p.put("go.sum", "") }, []string{"go.sum"}, Reload,
			"go.sum of module example.com/m appeared"},
		{"go.mod saved", func(p *program) { p.put("go.mod", p.get("go.mod")) }, []string{"go.mod"}, None,
			"content is the same"},
		{"directory in the way of a file", func(p *program) {
			p.remove("lib/lib.go")
			os.Mkdir(p.path("lib/lib.go"), 0o777)
		}, []string{"lib/lib.go"}, Reload, "lib.go"},
		{"two files", func(p *program) {
			p.replace("lib/deep/deep.go", "1", "2")
			p.put("README", "x")
		}, []string{"README", "lib/deep/deep.go"}, Rebuild, "content changed"},
		{"default.pgo", func(p *program) { p.put("cmd/app/default.pgo", "x") }, []string{"cmd/app/default.pgo"}, Rebuild,
			"profile appeared"},
		{"default.pgo elsewhere", func(p *program) { p.put("lib/default.pgo", "x") }, []string{"lib/default.pgo"}, None,
			"not a source file"},
		{"go.mod between", func(p *program) { p.put("lib/go.mod", "module example.com/lib\n") }, []string{"lib/go.mod"},
			Reload, "another module"},
		{"go.work", func(p *program) { p.put("go.work", "go 1.26\nuse .\n") }, []string{"go.work"}, Reload, "go.work"},
		{"vendor", func(p *program) { p.put("vendor/modules.txt", "") }, []string{"vendor"}, Reload, "vendor"},
		{"go env -w", func(p *program) { p.put("goenv", "GOFLAGS=-tags=x\n") }, []string{"goenv"}, Reload,
			"the file of go env -w appeared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, base, "./cmd/app").load()
			c.edit(p)
			p.expect(c.kind, c.reason, c.paths...)
		})
	}
}

// What a direct engine must know of a change.
func TestDetails(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	p.replace("lib/deep/deep.go", "1", "2")
	p.put("README", "x")
	c := p.expect(Rebuild, "", "lib/deep/deep.go", "README")
	if want := []PackageID{"example.com/m/lib/deep"}; !slices.Equal(c.Packages, want) {
		t.Errorf("Packages = %v, want %v", c.Packages, want)
	}
	if d := c.Details[0]; !d.Body || d.File != Go || d.Uncached || d.Path != p.path("lib/deep/deep.go") {
		t.Errorf("detail = %+v", d)
	}
	p.replace("lib/deep/deep.go", "package", "//go:build !prod\n\npackage")
	if c := p.expect(Rebuild, "constraint", "lib/deep/deep.go"); c.Details[0].Body {
		t.Error("a changed constraint is said to be a change of the body")
	}
}

// A build that began between two looks may have read what was there between: a file
// that was let in and is out again has to be built once more.
func TestLetInAndOutAgain(t *testing.T) {
	out := "//go:build prod\n\npackage lib\n\nconst Prod = true\n"
	in := strings.Replace(out, "prod", "!prod", 1)
	for _, file := range []string{"lib/prod.go", "lib/new.go"} { // left out when the graph is loaded, and not there
		p := newProgram(t, base, "./cmd/app").load()
		for _, step := range []struct {
			content, reason string // no content: removed
			kind            Kind
		}{
			{in, "file of package example.com/m/lib", Reload},
			{out, "left package example.com/m/lib again: needs tag prod", Reload},
			{out + "// more\n", "needs tag prod", None},
			{in, "file of package example.com/m/lib", Reload},
			{"", "removed from package example.com/m/lib", Reload},
			{out, "needs tag prod", None},
			{"", "", None},
		} {
			if step.content == "" {
				p.remove(file)
			} else {
				p.put(file, step.content)
			}
			c := p.classify(file)
			if c.Kind != step.kind || !strings.Contains(c.String(), step.reason) {
				t.Errorf("%s: %v; want %v: %s", file, c, step.kind, step.reason)
			}
			p.g = p.g.Update(c) // and it is not loaded again yet
		}
	}
}

func TestTouched(t *testing.T) {
	p := newProgram(t, base+"-- cmd/app/static.go --\npackage main\n\nimport \"embed\"\n\n//go:embed static\n"+
		"var static embed.FS\n-- cmd/app/static/one.txt --\n1\n", "./cmd/app").load()
	comeAndGo := func(name string) {
		p.put(name, "package x\n")
		p.remove(name)
	}
	for _, test := range []struct {
		name  string
		write func(name string)
		want  bool
	}{
		{"other/other.go", func(name string) { p.put(name, "package other // x\n") }, false},
		{"lib/lib.go", func(name string) { p.put(name, p.get(name)) }, true},
		{"lib/prod.go", func(name string) { p.put(name, p.get(name)) }, true}, // it may have been empty for a moment
		{"lib/prod.go", func(name string) { p.put(name, p.get(name)+"// more\n") }, true},
		{"lib/plan9_plan9.go", func(name string) { p.put(name, "package lib\n") }, true},
		{"lib/new.go", comeAndGo, true},
		{"lib/new.go", comeAndGo, true}, // a file that was seen to be absent
		{"lib/none.go", func(name string) { p.put(name, "//go:build prod\n\npackage lib\n") }, true},
		{"lib/none.go", p.remove, true},
		{"lib/none.go", comeAndGo, true},
		{"lib/4913", comeAndGo, false},
		{"other/new.go", comeAndGo, false},
		{"cmd/app/static/4913", comeAndGo, true},
		{"cmd/app/static/.one.txt.swp", comeAndGo, false},
		{"go.work", comeAndGo, true},
		{"cmd/go.mod", comeAndGo, true},
	} {
		test.write(test.name)
		c := p.classify(test.name)
		if c.Kind != None || c.Touched != test.want {
			t.Errorf("%s: %v, touched: %v, want %v", test.name, c, c.Touched, test.want)
		}
		p.g = p.g.Update(c)
		if p.g.inputs[p.path(test.name)] == nil {
			continue
		}
		if c := p.classify(test.name); c.Touched {
			t.Errorf("%s: touched again after Update", test.name)
		}
	}
	if c := Classify(p.g, nil); c.Touched {
		t.Error("touched, in a look at everything after all was seen")
	}
}

func TestGraph(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	p.wantInputs("cmd/app/main.go", "cmd/app/other.go", "lib/deep/deep.go", "lib/lib.go")
	g := p.g
	if m := g.Main(); m.ID != "example.com/m/cmd/app" || m.Name != "main" || m.Dir != p.path("cmd/app") || !m.Watched ||
		m.Module.Path != "example.com/m" || !m.Module.Main {
		t.Errorf("Main = %+v", m)
	}
	if got := g.Importers("example.com/m/lib/deep"); !slices.Equal(got, []PackageID{"example.com/m/lib"}) {
		t.Errorf("Importers = %v", got)
	}
	lib := g.Package("example.com/m/lib")
	if !slices.Equal(lib.Tags, []string{"prod"}) {
		t.Errorf("Tags = %v", lib.Tags)
	}
	if got := p.rels(lib.FilesOf(Ignored)); !slices.Equal(got, []string{"lib/prod.go"}) {
		t.Errorf("ignored files = %v", got)
	}
	seen := map[PackageID]bool{}
	for _, id := range g.Packages() {
		for _, imp := range g.Package(id).Imports {
			if !seen[imp] {
				t.Fatalf("%s comes before %s, which it imports", id, imp)
			}
		}
		seen[id] = true
	}
	if fmt := g.Package("fmt"); fmt == nil || fmt.Watched || len(fmt.Files) > 0 {
		t.Errorf("fmt = %+v", fmt)
	}
}

func TestChangedSince(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	p.put("lib/lib.go", p.get("lib/lib.go")+"// more\n")
	p.remove("cmd/app/other.go")
	p.put("other/other.go", "package other // x\n")
	got := p.rels(p.g.ChangedSince(farFuture))
	want := []string{"cmd/app/other.go", "lib/lib.go"}
	if !slices.Equal(got, want) {
		t.Errorf("ChangedSince = %v, want %v", got, want)
	}
	p.follow(Classify(p.g, nil))
	if got := p.rels(p.g.ChangedSince(farFuture)); len(got) != 0 {
		t.Errorf("after Update and Load: %v", got)
	}
	if got := p.rels(p.g.ChangedSince(farPast)); !slices.Contains(got, "lib/lib.go") {
		t.Errorf("all files are younger than the past: %v", got)
	}
}

func TestSavedSince(t *testing.T) {
	p := newProgram(t, base, "./cmd/app")
	p.load()
	then := time.Now().Add(-time.Hour)
	for path := range p.g.inputs {
		if err := os.Chtimes(path, then, then); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	build := time.Now().Add(-time.Minute)
	p.put("lib/lib.go", p.get("lib/lib.go")+"// more\n")
	p.put("lib/new.go", "package lib\n")
	p.put("lib/lib_test.go", "package lib\n")
	p.put("go.mod", p.get("go.mod")+"// more\n")
	if err := os.Chtimes(p.path("cmd/app/other.go"), farFuture, farFuture); err != nil {
		t.Fatal(err)
	}
	p.load()
	got, want := p.rels(p.g.SavedSince(build)), []string{"lib/lib.go", "lib/new.go"}
	if !slices.Equal(got, want) {
		t.Errorf("SavedSince = %v, want %v", got, want)
	}
	if got := p.g.SavedSince(farFuture); len(got) > 0 {
		t.Errorf("saved in the far future: %v", got)
	}
}

func TestUnreadableDir(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("nothing is unreadable here")
	}
	p := newProgram(t, base, "./cmd/app").load()
	lib := p.path("lib/deep")
	os.Chmod(lib, 0)
	t.Cleanup(func() { os.Chmod(lib, 0o777) })
	p.expect(Reload, "", "lib/deep")
	os.Chmod(lib, 0o777)
	p.expect(Reload, "", "lib/deep")
	if errs := p.g.Errors(); len(errs) > 0 {
		t.Error(errs)
	}
}
