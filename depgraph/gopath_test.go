package depgraph

import (
	"path/filepath"
	"testing"
)

const gopath = `
-- one/src/app/cmd/main.go --
package main

import (
	"fmt"

	"lib/x"
)

func main() { fmt.Println(x.F()) }
-- two/src/lib/x/x.go --
package x

func F() int { return 1 }
`

func newGopathProgram(t *testing.T, archive string) *program {
	t.Helper()
	p := newProgram(t, archive, "-C=one/src/app", "./cmd")
	p.setenv("GO111MODULE=off", "GOPATH="+p.path("one")+string(filepath.ListSeparator)+p.path("two"))
	return p
}

// Without modules a copy of an imported package that appears in a vendor directory, of the
// importing package or of any above it, or in an earlier GOPATH, takes the package's place.
func TestGopathCopyAppears(t *testing.T) {
	for _, place := range []string{
		"one/src/app/cmd/vendor/lib/x", "one/src/app/vendor/lib/x", "one/src/vendor/lib/x", "one/src/lib/x",
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			p := newGopathProgram(t, gopath).load()
			p.wantInputs("one/src/app/cmd/main.go", "two/src/lib/x/x.go")
			p.put(place+"/x.go", "package x\n\nfunc F() int { return 2 }\n")
			found := false
			for dir := place; dir != "."; dir = filepath.ToSlash(filepath.Dir(dir)) {
				found = found || p.watched(dir)
			}
			if !found {
				t.Errorf("nothing above the copy is watched: %v", p.rels(p.g.WatchDirs()))
			}
			// The watcher reports the uppermost directory that is new.
			p.follow(p.classify(uppermost(p, place)))
			p.wantInputs("one/src/app/cmd/main.go", place+"/x.go")
			p.replace(place+"/x.go", "2", "3")
			p.expect(Rebuild, "content changed", place+"/x.go")
			p.remove(place)
			p.expect(Reload, "was removed", place)
			p.wantInputs("one/src/app/cmd/main.go", "two/src/lib/x/x.go")
		})
	}
}

// uppermost is the first directory of a path that was not there when the program was loaded.
func uppermost(p *program, place string) string {
	for dir := place; ; dir = filepath.ToSlash(filepath.Dir(dir)) {
		up := filepath.ToSlash(filepath.Dir(dir))
		if up == "one/src" || up == "two/src/lib" || up == "one/src/app" || up == "one/src/app/cmd" {
			return dir
		}
	}
}

// The copy comes in steps, as a tool writes it: each is noticed where the one before led to
// nothing. A copy counts once there is a Go file in it, whatever its name is.
func TestGopathCopyInSteps(t *testing.T) {
	p := newGopathProgram(t, gopath).load()
	p.put("one/src/app/vendor/README", "")
	p.follow(p.classify("one/src/app/vendor"))
	p.put("one/src/app/vendor/lib/x/README", "")
	p.follow(p.classify("one/src/app/vendor/lib"))
	if !p.watched("one/src/app/vendor/lib/x") {
		t.Errorf("the place of a copy is not watched: %v", p.rels(p.g.WatchDirs()))
	}
	p.wantInputs("one/src/app/cmd/main.go", "two/src/lib/x/x.go")
	p.put("one/src/app/vendor/lib/x/x_test.go", "package x\n")
	p.expect(Reload, "lib/x", "one/src/app/vendor/lib/x/x_test.go")
	if p.g.Package("app/vendor/lib/x") == nil {
		t.Errorf("a copy with a test file only is not imported: %v", p.g.Packages())
	}
	p.put("one/src/app/vendor/lib/x/x.go", "package x\n\nfunc F() int { return 2 }\n")
	p.expect(Reload, "new file of package", "one/src/app/vendor/lib/x/x.go")
	p.wantInputs("one/src/app/cmd/main.go", "one/src/app/vendor/lib/x/x.go")
	// A vendor directory that nobody imports from says nothing.
	p.put("one/src/app/vendor/other/o.go", "package other\n")
	p.expect(None, "", "one/src/app/vendor/other/o.go")
}

// An import that is in no GOPATH yet is noticed when it appears in one.
func TestGopathMissingImport(t *testing.T) {
	for _, place := range []string{"two/src/lib/y", "one/src/app/vendor/lib/y"} {
		p := newGopathProgram(t, gopath)
		p.replace("one/src/app/cmd/main.go", `"lib/x"`, "\"lib/x\"\n\t_ \"lib/y\"")
		p.load()
		if len(p.g.Errors()) == 0 {
			t.Fatal("no error of a missing package")
		}
		p.put(place+"/y.go", "package y\n")
		p.follow(p.classify(uppermost(p, place)))
		if errs := p.g.Errors(); len(errs) != 0 {
			t.Errorf("%s: %v", place, errs)
		}
		p.wantInputs(func() []string {
			if place == "two/src/lib/y" {
				return []string{"one/src/app/cmd/main.go", "two/src/lib/x/x.go", place + "/y.go"}
			}
			return []string{"one/src/app/cmd/main.go", place + "/y.go", "two/src/lib/x/x.go"}
		}()...)
	}
}
