package depgraph

import (
	"os"
	"path/filepath"
	"testing"
)

// A project that is reached through a link is spelled as the user spells it.
func TestLinkedProject(t *testing.T) {
	p := newProgram(t, "", ".")
	real := &program{t: t, dir: filepath.Join(p.dir, "real")}
	real.write(base)
	p.link("real", "link")
	p.configure("-C=link", "./cmd/app")
	p.load()
	p.wantInputs("link/cmd/app/main.go", "link/cmd/app/other.go", "link/lib/deep/deep.go", "link/lib/lib.go")
	if !p.watched("link/lib") {
		t.Errorf("WatchDirs = %v", p.rels(p.g.WatchDirs()))
	}
	p.replace("link/lib/deep/deep.go", "1", "2")
	p.expect(Rebuild, "content changed", "link/lib/deep/deep.go")
	p.replace("real/lib/deep/deep.go", "2", "3")
	p.expect(Rebuild, "content changed", "real/lib/deep/deep.go") // however it is reported
	p.put("real/lib/new.go", "package lib\n")
	p.expect(Reload, "new file of package example.com/m/lib", "real/lib/new.go")
	p.why("real/lib/lib.go", true, "in the build: example.com/m/cmd/app imports example.com/m/lib")
	p.why("real/lib/prod.go", false, "needs tag prod")
	p.why("real/other/other.go", false,
		"not in the build: no package of example.com/m/cmd/app imports example.com/m/other")

	// The link points elsewhere.
	second := &program{t: t, dir: filepath.Join(p.dir, "second")}
	second.write(base)
	second.replace("lib/deep/deep.go", "1", "10")
	p.remove("link")
	p.link("second", "link")
	p.expect(Reload, "points elsewhere", "link")
}

func TestLinkedFile(t *testing.T) {
	p := newProgram(t, base+`
-- far/deep.txt --
package deep

func F() int { return 2 }
-- far/other.txt --
package deep

func F() int { return 3 }
`, "./cmd/app")
	p.remove("lib/deep/deep.go")
	p.link(filepath.Join("..", "..", "far", "middle"), "lib/deep/deep.go")
	p.link("deep.txt", "far/middle")
	p.load()
	p.wantInputs("cmd/app/main.go", "cmd/app/other.go", "lib/deep/deep.go", "lib/lib.go")
	if !p.watched("far") {
		t.Error("the directory of the target is not watched")
	}
	p.replace("far/deep.txt", "2", "22")
	p.expect(Rebuild, "content changed", "far/deep.txt")
	p.remove("far/middle")
	p.link("other.txt", "far/middle")
	p.expect(Rebuild, "content changed", "far/middle")
	p.put("far/deep.txt", "nobody's any more")
	if c := Classify(p.g, []string{p.path("far/deep.txt")}); c.Kind != None {
		t.Error(c)
	}
	p.remove("far/other.txt")
	p.expect(Reload, "was removed", "far/other.txt")
}

func TestLinkedReplacement(t *testing.T) {
	p := newProgram(t, `
-- main/go.mod --
module example.com/main

go 1.26

require example.com/dep v1.0.0

replace example.com/dep => ../current
-- main/main.go --
package main

import _ "example.com/dep"

func main() {}
-- v1/go.mod --
module example.com/dep
-- v1/dep.go --
package dep
-- v2/go.mod --
module example.com/dep
-- v2/dep.go --
package dep // two
`, "-C=main", ".")
	p.link("v1", "current")
	p.load()
	p.replace("v1/dep.go", "dep", "dep // x")
	p.expect(Rebuild, "content changed", "v1/dep.go")
	if err := os.Remove(p.path("current")); err != nil {
		t.Fatal(err)
	}
	p.link("v2", "current")
	p.expect(Reload, "points elsewhere", "current")
}
