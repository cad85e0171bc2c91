package depgraph

import (
	"context"
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A half-typed file keeps what it said last: its imports stay in the graph, and
// when it is mended nothing but its content has changed.
func TestHalfTyped(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	good := p.get("lib/lib.go")
	// half demands that the change be known as what may be half of a save, or not.
	half := func(c Change, want bool) {
		t.Helper()
		if c.Details[0].HalfWritten != want {
			t.Errorf("%+v: half a save %v, want %v", c.Details[0], !want, want)
		}
	}
	p.put("lib/lib.go", "package lib\n\nimport \"example.com/m/lib/de\n")
	half(p.expect(Rebuild, "content changed, 3:8: string literal not terminated", "lib/lib.go"), true)
	p.replace("lib/deep/deep.go", "1", "2")
	half(p.expect(Rebuild, "content changed", "lib/deep/deep.go"), false)
	p.put("lib/lib.go", "pack")
	half(p.expect(Rebuild, "expected 'package'", "lib/lib.go"), true)
	p.put("lib/lib.go", "")
	half(p.expect(Rebuild, "expected 'package'", "lib/lib.go"), true)
	p.put("lib/lib.go", good+"\n// mended\n")
	half(p.expect(Rebuild, "content changed", "lib/lib.go"), false)

	p.put("lib/lib.go", good+"\nfunc g() {")
	if c := p.expect(Rebuild, "content changed", "lib/lib.go"); !c.Details[0].Body {
		t.Error("a syntax error in a body is no change of the header")
	}
}

// The graph may have to be loaded while a file is half-typed.
func TestLoadWhileHalfTyped(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	good := p.get("lib/lib.go")
	p.put("lib/lib.go", "package lib\n\nimport \"example.com/m/lib/de\n")
	p.expect(Rebuild, "", "lib/lib.go")
	p.put("cmd/app/new.go", "package main\n")
	p.expect(Reload, "new file", "cmd/app/new.go")
	if p.g.Package("example.com/m/lib/deep") == nil {
		t.Fatal("the import of a half-typed file is lost")
	}
	if len(p.g.Errors()) == 0 {
		t.Error("no error of the half-typed file")
	}
	if !p.watched("lib/deep") {
		t.Error("the directory of an import of a half-typed file is not watched")
	}
	p.replace("lib/deep/deep.go", "1", "2")
	p.expect(Rebuild, "content changed", "lib/deep/deep.go")
	p.put("lib/lib.go", good)
	p.expect(Reload, "", "lib/lib.go")
	if errs := p.g.Errors(); len(errs) != 0 {
		t.Error(errs)
	}
	p.wantInputs("cmd/app/main.go", "cmd/app/new.go", "cmd/app/other.go", "lib/deep/deep.go", "lib/lib.go")
}

func TestHalfTypedAtTheStart(t *testing.T) {
	p := newProgram(t, base, "./cmd/app")
	good := p.get("lib/lib.go")
	p.put("lib/lib.go", "package lib\n\nimport \"exam")
	p.put("lib/more.go", "packa")
	p.load()
	if len(p.g.Errors()) == 0 {
		t.Error("no error")
	}
	p.put("lib/lib.go", good)
	p.expect(Reload, "", "lib/lib.go")
	p.put("lib/more.go", "package lib\n")
	p.expect(Reload, "", "lib/more.go")
	if errs := p.g.Errors(); len(errs) != 0 {
		t.Error(errs)
	}
	p.wantInputs("cmd/app/main.go", "cmd/app/other.go", "lib/deep/deep.go", "lib/lib.go", "lib/more.go")
}

func TestBrokenTestFile(t *testing.T) {
	p := newProgram(t, base+"\n-- lib/lib_test.go --\npackage lib\n\nimport \"tes\n", "./cmd/app").load()
	p.why("lib/lib_test.go", false, "breaks the package: 3:8: string literal not terminated")
	if len(p.g.Errors()) == 0 {
		t.Fatal("a broken test file is no error of its package to the go command any more: Reloads for its sake can go")
	}
	p.put("lib/lib_test.go", "package lib\n")
	p.expect(Reload, "does not break package example.com/m/lib any more", "lib/lib_test.go")
	if errs := p.g.Errors(); len(errs) != 0 {
		t.Error(errs)
	}
	p.put("lib/lib_test.go", "package lib\n\nfunc (") // its body is nobody's business
	p.expect(None, "test file", "lib/lib_test.go")
}

func TestImportCycle(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	good := p.get("lib/deep/deep.go")
	p.replace("lib/deep/deep.go", "func", "import _ \"example.com/m/lib\"\n\nfunc")
	p.expect(Reload, "+example.com/m/lib", "lib/deep/deep.go")
	errs := p.g.Errors()
	if len(errs) == 0 || !strings.Contains(errs[0].Msg, "import cycle not allowed") {
		t.Errorf("errors = %v", errs)
	}
	p.put("lib/deep/deep.go", good)
	p.expect(Reload, "-example.com/m/lib", "lib/deep/deep.go")
	if errs := p.g.Errors(); len(errs) != 0 {
		t.Error(errs)
	}
}

// A go.mod that breaks does not lose the graph.
func TestBrokenGoMod(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	packages := len(p.g.Packages())
	good := p.get("go.mod")
	p.put("go.mod", good+"bogus line\n")
	p.expect(Reload, "go.mod of module example.com/m changed", "go.mod")
	var le *LoadError
	if !errors.As(p.err, &le) || !strings.HasPrefix(le.Text, "go: errors parsing go.mod:") {
		t.Errorf("error = %q", p.err)
	}
	if !p.g.Stale() || len(p.g.Packages()) != packages {
		t.Errorf("stale %v, %d packages of %d", p.g.Stale(), len(p.g.Packages()), packages)
	}
	p.put("go.mod", p.get("go.mod"))
	if c := Classify(p.g, []string{p.path("go.mod")}); c.Kind != None {
		t.Errorf("the same broken go.mod again: %v", c)
	}
	// A stale graph takes every change for one of itself.
	p.replace("lib/deep/deep.go", "1", "2")
	p.expect(Reload, "content changed", "lib/deep/deep.go")
	p.put("go.mod", good)
	p.expect(Reload, "go.mod of module example.com/m changed", "go.mod")
	if p.err != nil || p.g.Stale() {
		t.Errorf("mended: %v, stale %v", p.err, p.g.Stale())
	}
	p.remove("go.mod")
	p.expect(Reload, "was removed", "go.mod")
	if p.err == nil {
		t.Error("no error without go.mod")
	}
	p.put("go.mod", good)
	p.expect(Reload, "appeared", "go.mod")
	if p.err != nil || p.g.Stale() {
		t.Errorf("returned: %v, stale %v", p.err, p.g.Stale())
	}
}

// What comes and goes while go.mod is broken is said once: it is in no list of
// the go command, and it must not seem new again after each attempt to load.
func TestNewWhileGoModIsBroken(t *testing.T) {
	p := newProgram(t, base+"-- cmd/app/static.go --\npackage main\n\nimport \"embed\"\n\n//go:embed static\n"+
		"var static embed.FS\n-- cmd/app/static/one.txt --\n1\n", "./cmd/app").load()
	good := p.get("go.mod")
	p.put("go.mod", "modul example.com/m\n")
	p.expect(Reload, "go.mod of module example.com/m changed", "go.mod")
	for _, step := range []struct {
		name, content, reason string // no content: removed
		kind                  Kind
	}{
		{"cmd/app/static/new.txt", "1", "newly embedded: pattern static", Reload},
		{"cmd/app/static/new.txt", "2", "content changed", Reload},
		{"cmd/app/static/new.txt", "", "was removed", Reload},
		{"cmd/app/static/new.txt", "1", "newly embedded: pattern static", Reload},
		{"lib/new.go", "package lib\n", "new file of package example.com/m/lib", Reload},
		{"lib/new.go", "package lib\n\nvar x int\n", "new file of package example.com/m/lib", Reload},
		{"lib/new.go", "//go:build prod\n\npackage lib\n", "left package example.com/m/lib again: needs tag prod", Reload},
		{"lib/new.go", "", "no such file", None},
		{"lib/new.go", "package lib\n", "new file of package example.com/m/lib", Reload},
		{"lib/new.go", "", "removed from package example.com/m/lib", Reload},
		{"lib/none.go", "//go:build prod\n\npackage lib\n", "needs tag prod", None},
		{"lib/none.go", "", "no such file", None},
	} {
		if step.content == "" {
			p.remove(step.name)
		} else {
			p.put(step.name, step.content)
		}
		p.expect(step.kind, step.reason, step.name)
		if p.err == nil {
			t.Fatal("no error")
		}
	}
	deep := p.get("lib/deep/deep.go")
	p.remove("lib/deep")
	p.put("lib/deep", "a file")
	p.expect(Reload, "cannot be read", "lib/deep")
	p.remove("lib/deep")
	p.put("lib/deep/deep.go", deep)
	p.expect(Reload, "can be read again", "lib/deep")
	p.put("go.mod", good)
	p.expect(Reload, "changed", "go.mod")
	fresh, err := Load(t.Context(), p.cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := differ(p.g, fresh); d != "" {
		t.Error(d)
	}
}

func TestBrokenAtTheStart(t *testing.T) {
	good := "module example.com/m\n\ngo 1.26\n"
	withDep := good + "\nrequire example.com/d v1.0.0\n\nreplace example.com/d => ./dep\n"
	for _, c := range []struct{ broken, archive, mend string }{
		{"go.mod", "\n-- go.mod --\nbogus\n", good},
		{"go.work", "\n-- go.work --\nbogus\n", "go 1.26\n\nuse .\n"},
		{"dep/go.mod", "\n-- go.mod --\n" + withDep + "\n-- dep/go.mod --\nmodule d\nrequire (\n-- dep/d.go --\npackage d\n" +
			"-- lib/dep.go --\npackage lib\n\nimport _ \"example.com/d\"\n", "module example.com/d\n\ngo 1.26\n"},
	} {
		p := newProgram(t, base+c.archive, "./cmd/app")
		p.reload()
		// Of a module beside the main one, go list says it package by package.
		if listed := p.err == nil; listed == p.g.Stale() || listed && len(p.g.Errors()) == 0 {
			t.Errorf("%s: error %v, stale %v, errors of packages %v", c.broken, p.err, p.g.Stale(), p.g.Errors())
		}
		if change := p.classify(c.broken); change.Kind != None {
			t.Errorf("%s: nothing changed: %v", c.broken, change)
		}
		if _, reason := p.g.Why(p.path("lib/lib.go")); reason == "" {
			t.Errorf("%s: Why has nothing to say", c.broken)
		}
		p.put(c.broken, c.mend)
		p.follow(p.classify(c.broken))
		if p.err != nil || p.g.Stale() {
			t.Errorf("%s mended: %v, stale %v", c.broken, p.err, p.g.Stale())
		}
		if errs := p.g.Errors(); len(errs) != 0 || p.g.Package("example.com/m/lib/deep") == nil {
			t.Errorf("%s mended: %v", c.broken, errs)
		}
	}
}

func TestConstraintsExcludeAll(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	p.replace("lib/deep/deep.go", "package", "//go:build prod\n\npackage")
	p.expect(Reload, "left the build", "lib/deep/deep.go")
	if len(p.g.Errors()) == 0 {
		t.Error("no error")
	}
	p.why("lib/deep/deep.go", false, "needs tag prod")
	p.replace("lib/deep/deep.go", "prod", "!prod")
	p.expect(Reload, "now a file of package example.com/m/lib/deep", "lib/deep/deep.go")
	if errs := p.g.Errors(); len(errs) != 0 {
		t.Error(errs)
	}
}

func TestCancelled(t *testing.T) {
	p := newProgram(t, base, "./cmd/app").load()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("superseded")
	cancel(why)
	g, err := Load(ctx, p.cfg, p.g)
	if !errors.Is(err, why) || g == nil || len(g.Packages()) != len(p.g.Packages()) {
		t.Errorf("Load = %v, %v", g, err)
	}
}

// Of nothing nothing can be said, and nothing goes wrong.
func TestZeroGraph(t *testing.T) {
	g := &Graph{}
	if c := Classify(g, []string{t.TempDir()}); c.Kind != None || c.Details[0].Reason == "" {
		t.Error(c)
	}
	if c := Classify(g, nil); c.Kind != None || g.Update(c).Main() != nil || len(g.WatchDirs()) != 0 {
		t.Error(c)
	}
}

func TestUnknownFlag(t *testing.T) {
	p := newProgram(t, base, "./cmd/app")
	p.setenv("GOFLAGS=-bogus")
	p.reload()
	if p.err == nil || p.g == nil {
		t.Errorf("Load = %v, %v", p.g, p.err)
	}
}

// Files that change while they are listed: the graph must not mix two moments.
func TestChangeWhileListed(t *testing.T) {
	p := newProgram(t, base, "./cmd/app")
	goEnv := p.cfg.GoEnv
	edits := 0
	p.cfg.GoEnv = func(ctx context.Context) (map[string]string, error) {
		vars, err := goEnv(ctx)
		if edits++; edits == 1 {
			// go list may or may not have read these by now.
			p.put("lib/deep/deep.go", "package deep\n\nimport \"net\"\n\nvar _ net.IP\n\nfunc F() int { return 1 }\n")
			p.put("lib/new.go", "package lib\n\nimport _ \"os\"\n")
		}
		return vars, err
	}
	p.load()
	lib, deep := p.g.Package("example.com/m/lib"), p.g.Package("example.com/m/lib/deep")
	if len(lib.Imports) != 2 || len(deep.Imports) != 1 {
		t.Errorf("imports of two moments: %v, %v", lib.Imports, deep.Imports)
	}
	if c := Classify(p.g, nil); c.Kind != None {
		t.Error(c)
	}
	if edits < 2 {
		t.Error("files were written during the listing, and it was not repeated")
	}
}

// A listing that fails is of one moment, too: what mends the failure while the go
// command reads, and before the graph knows the files, sends no event any more.
func TestMendedWhileListed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the go command is wrapped in a shell script")
	}
	goCommand, err := osexec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, breaks, mends string }{
		{"a go.mod is mended", "go.mod", "mv good.mod go.mod"},
		{"a go.work is removed", "go.work", "rm go.work"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProgram(t, base, "./cmd/app").load()
			p.put("good.mod", p.get("go.mod"))
			p.put(c.breaks, "nonsense\n")
			p.reload()
			if p.err == nil {
				t.Fatal("loaded nonsense")
			}
			// The first go command that fails mends what it has failed for.
			bin := t.TempDir()
			script := "#!/bin/sh\n" + goCommand + " \"$@\" || { cd " + p.dir + "; " + c.mends + "; exit 1; }\n"
			if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o777); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
			p.reload()
			if p.err != nil || p.g.Stale() {
				t.Errorf("mended while it was listed: %v, stale %v", p.err, p.g.Stale())
			}
		})
	}
}
