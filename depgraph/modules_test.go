package depgraph

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const workspace = `
-- app/go.mod --
module example.com/app

go 1.26
-- app/cmd/main.go --
package main

import "example.com/lib/x"

func main() { x.F() }
-- lib/go.mod --
module example.com/lib

go 1.26
-- lib/x/x.go --
package x

func F() {}
-- lib/unused/unused.go --
package unused
`

func TestWorkspace(t *testing.T) {
	p := newProgram(t, workspace+`
-- go.work --
go 1.26

use (
	./app
	./lib
)
`, "-C=app", "./cmd").load()
	p.wantInputs("app/cmd/main.go", "lib/x/x.go")
	p.why("lib/x/x.go", true, "in the build: example.com/app/cmd imports example.com/lib/x")
	p.why("lib/unused/unused.go", false,
		"not in the build: no package of example.com/app/cmd imports example.com/lib/unused")
	p.why("go.work", true, "decides the build: go.work")
	p.replace("lib/x/x.go", "{}", "{ return }")
	p.expect(Rebuild, "content changed", "lib/x/x.go")
	p.replace("lib/go.mod", "1.26", "1.25")
	p.expect(Reload, "go.mod of module example.com/lib changed", "lib/go.mod")
	p.put("go.work.sum", "")
	p.expect(Reload, "go.work.sum appeared", "go.work.sum")
	p.put("app/go.work", "go 1.26\nuse .\n") // nearer
	p.expect(Reload, "go.work", "app/go.work")
	if len(p.g.Errors()) == 0 {
		t.Error("the workspace without lib finds its package")
	}
	p.remove("app/go.work")
	p.expect(Reload, "was removed", "app/go.work")
	if errs := p.g.Errors(); len(errs) != 0 {
		t.Error(errs)
	}
	p.remove("go.work")
	p.expect(Reload, "was removed", "go.work")
	p.put("go.work", "go 1.26\nuse ./app\nuse ./lib\n")
	p.expect(Reload, "go.work appeared", "go.work")
	p.wantInputs("app/cmd/main.go", "lib/x/x.go")
}

func TestGoworkVariable(t *testing.T) {
	p := newProgram(t, workspace+`
-- else/the.work --
go 1.26

use (
	../app
	../lib
)
`, "-C=app", "./cmd")
	p.setenv("GOWORK=" + p.path("else/the.work"))
	p.load()
	p.wantInputs("app/cmd/main.go", "lib/x/x.go")
	p.put("go.work", "nonsense\n")
	p.expect(None, "", "go.work")
	p.replace("else/the.work", "\t../lib\n", "")
	p.expect(Reload, "go.work changed", "else/the.work")

	p = newProgram(t, workspace, "-C=lib", "./x")
	p.setenv("GOWORK=off")
	p.load()
	p.put("go.work", "go 1.26\nuse ./lib\n")
	p.expect(None, "", "go.work")
}

func TestReplace(t *testing.T) {
	p := newProgram(t, `
-- main/go.mod --
module example.com/main

go 1.26

require example.com/dep v1.0.0

require example.com/other v1.0.0

replace example.com/dep => ../far/away/dep

replace example.com/other v1.0.0 => ../other
-- main/main.go --
package main

import _ "example.com/dep/sub"

func main() {}
-- far/away/dep/go.mod --
module example.com/whatever

go 1.26
-- far/away/dep/sub/sub.go --
package sub
-- far/away/dep/node_modules/x/x.js --
-- other/go.mod --
module example.com/other

go 1.26
`, "-C=main", ".").load()
	p.wantInputs("far/away/dep/sub/sub.go", "main/main.go")
	for _, dir := range []string{"far/away/dep/sub", "far/away/dep", "far/away", "main", "other"} {
		if !p.watched(dir) {
			t.Errorf("%s is not watched", dir)
		}
	}
	if p.watched("far/away/dep/node_modules") {
		t.Error("node_modules is watched")
	}
	p.replace("far/away/dep/sub/sub.go", "sub", "sub // x")
	p.expect(Rebuild, "content changed", "far/away/dep/sub/sub.go")
	p.replace("far/away/dep/go.mod", "1.26", "1.25")
	p.expect(Reload, "go.mod of", "far/away/dep/go.mod")
	// No package comes from this one, but its go.mod takes part in the choice of versions.
	p.replace("other/go.mod", "1.26", "1.25")
	p.expect(Reload, "go.mod of", "other/go.mod")
	p.put("far/away/dep/sub/deeper/d.go", "package deeper\n")
	p.expect(None, "no package of example.com/main imports example.com/dep/sub/deeper", "far/away/dep/sub/deeper/d.go")

	// The whole directory goes and returns.
	p.rename("far/away/dep", "far/away/gone")
	p.expect(Reload, "was removed", "far/away/dep")
	p.rename("far/away/gone", "far/away/dep")
	p.expect(Reload, "", "far/away/dep")
	if errs := p.g.Errors(); len(errs) != 0 || p.g.Stale() {
		t.Error(errs, p.g.Stale())
	}
	p.wantInputs("far/away/dep/sub/sub.go", "main/main.go")
}

func TestVendor(t *testing.T) {
	p := newProgram(t, `
-- main/go.mod --
module example.com/main

go 1.26

require example.com/dep v1.0.0

replace example.com/dep => ../dep
-- main/main.go --
package main

import _ "example.com/dep/sub"

func main() {}
-- dep/go.mod --
module example.com/dep

go 1.26
-- dep/sub/sub.go --
package sub
`, "-C=main", ".").load()
	p.wantInputs("dep/sub/sub.go", "main/main.go")
	if _, err := p.goCommand("mod", "vendor"); err != nil {
		t.Fatal(err)
	}
	p.expect(Reload, "the vendor directory appeared", "main/vendor")
	p.wantInputs("main/main.go", "main/vendor/example.com/dep/sub/sub.go")
	p.why("main/vendor/example.com/dep/sub/sub.go", true, "in the build: example.com/main imports example.com/dep/sub")
	p.replace("main/vendor/example.com/dep/sub/sub.go", "sub", "sub // x")
	p.expect(Rebuild, "content changed", "main/vendor/example.com/dep/sub/sub.go")
	p.put("main/vendor/modules.txt", p.get("main/vendor/modules.txt")+"\n")
	p.expect(Reload, "vendor/modules.txt changed", "main/vendor/modules.txt")
	p.replace("dep/sub/sub.go", "sub", "sub // y")
	p.expect(None, "", "dep/sub/sub.go")
	p.remove("main/vendor")
	p.expect(Reload, "the vendor directory was removed", "main/vendor")
	p.wantInputs("dep/sub/sub.go", "main/main.go")
}

// A go.mod of the same size, a moment later.
func TestSwappedGoMod(t *testing.T) {
	p := newProgram(t, base+`
-- next.mod --
module example.com/m

go 1.25
`, "./cmd/app").load()
	p.rename("next.mod", "go.mod")
	p.expect(Reload, "go.mod of module example.com/m changed", "go.mod")
}

func TestPackageDirGoesAndReturns(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	p.rename("lib/deep", "elsewhere")
	p.expect(Reload, "deep.go: was removed", "lib/deep")
	if len(p.g.Errors()) == 0 {
		t.Error("no error without the package")
	}
	if !p.watched("lib") {
		t.Error("the directory where it will return is not watched")
	}
	p.put("lib/deep/README", "not yet\n")
	if c := p.expect(None, "", "lib/deep"); !c.WatchDirsChanged || !p.watched("lib/deep") {
		t.Error("the returned directory is not watched", c.WatchDirsChanged)
	}
	p.put("lib/deep/deep.go", p.get("elsewhere/deep.go"))
	p.expect(Reload, "new file of package example.com/m/lib/deep", "lib/deep/deep.go")
	if errs := p.g.Errors(); len(errs) != 0 {
		t.Error(errs)
	}
	// Renamed away and back before anybody looked: nothing to build, but the watch is gone.
	p.rename("lib/deep", "elsewhere2")
	p.rename("elsewhere2", "lib/deep")
	if c := p.expect(None, "", "lib/deep"); !c.WatchDirsChanged {
		t.Error("a returned directory needs its watch again")
	}
}

func TestMissingImport(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	p.replace("lib/lib.go", "import \"", "import _ \"example.com/m/lib/a/b\"\nimport \"")
	p.expect(Reload, "imports changed: +example.com/m/lib/a/b", "lib/lib.go")
	if len(p.g.Errors()) == 0 {
		t.Error("no error of a missing package")
	}
	p.put("lib/a/README", "")
	if c := p.expect(None, "", "lib/a"); !c.WatchDirsChanged || !p.watched("lib/a") {
		t.Errorf("a directory on the way is not watched: %v", p.rels(p.g.WatchDirs()))
	}
	p.put("lib/a/b/b.go", "package b\n")
	p.expect(Reload, "new file of package example.com/m/lib/a/b", "lib/a/b")
	if errs := p.g.Errors(); len(errs) != 0 {
		t.Error(errs)
	}
	p.replace("lib/a/b/b.go", "b", "b // x")
	p.expect(Rebuild, "content changed", "lib/a/b/b.go")
}

func TestMissingMain(t *testing.T) {
	for _, pattern := range []string{"./cmd/new", "example.com/m/cmd/new"} {
		p := newProgram(t, base, pattern)
		p.reload()
		p.put("cmd/new/main.go", "package main\n\nfunc main() {}\n")
		p.expect(Reload, "new file of package", "cmd/new")
		if errs := p.g.Errors(); len(errs) != 0 || p.g.Main().Name != "main" {
			t.Errorf("%s: %v, %+v", pattern, errs, p.g.Main())
		}
		p.wantInputs("cmd/new/main.go")
	}
}

func TestCutOutByGoMod(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	p.put("lib/go.mod", "module example.com/m/lib\n\ngo 1.26\n")
	p.expect(Reload, "another module", "lib/go.mod")
	if len(p.g.Errors()) == 0 {
		t.Error("a package in another module is found")
	}
	p.remove("lib/go.mod")
	p.expect(Reload, "another module", "lib/go.mod")
	if errs := p.g.Errors(); len(errs) != 0 {
		t.Error(errs)
	}
}

// What a directory beside the project holds must not wake anybody.
func TestWatchDirs(t *testing.T) {
	p := newProgram(t, `
-- above/proj/go.mod --
module example.com/m

go 1.26
-- above/proj/cmd/app/main.go --
package main

import (
	"embed"

	_ "example.com/m/internal/a/b"
)

//go:embed static tmpl/*.html nothing/yet/*
var files embed.FS

func main() {}
-- above/proj/cmd/app/static/css/site.css --
-- above/proj/cmd/app/static/.hidden/x --
-- above/proj/cmd/app/tmpl/a.html --
-- above/proj/cmd/app/tmpl/partials/b.html --
-- above/proj/cmd/app/node_modules/x/x.js --
-- above/proj/cmd/other/main.go --
package main
-- above/proj/internal/a/b/b.go --
package b
-- above/proj/node_modules/y/y.js --
-- above/proj/.git/HEAD --
`, "-C=above/proj", "./cmd/app").load()
	var got []string
	for _, dir := range p.g.WatchDirs() {
		if under(p.dir, dir) {
			got = append(got, dir)
		}
	}
	want := []string{
		".", "above", "above/proj", "above/proj/cmd", "above/proj/cmd/app",
		"above/proj/cmd/app/static", "above/proj/cmd/app/static/css", "above/proj/cmd/app/tmpl",
		"above/proj/internal", "above/proj/internal/a", "above/proj/internal/a/b",
	}
	if rels := p.rels(got); !slices.Equal(rels, want) {
		t.Errorf("WatchDirs:\n got %v\nwant %v", rels, want)
	}
	for _, dir := range p.g.WatchDirs() {
		if fi, err := os.Stat(dir); err != nil || !fi.IsDir() || !filepath.IsAbs(dir) {
			t.Errorf("%s is no directory", dir)
		}
	}
}
