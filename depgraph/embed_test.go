package depgraph

import (
	"runtime"
	"slices"
	"strings"
	"testing"
)

const embedding1 = `
-- go.mod --
module example.com/m

go 1.26
-- main.go --
package main

import _ "example.com/m/lib"

func main() {}
-- lib/lib.go --
package lib

import "embed"

//go:embed static
//go:embed tmpl/*.html "with space.txt" all:every
var files embed.FS
-- lib/static/a.txt --
a
-- lib/static/deep/b.txt --
b
-- lib/tmpl/x.html --
x
-- lib/tmpl/x.txt --
not embedded
-- lib/with space.txt --
s
-- lib/every/.hidden --
h
`

func TestEmbed(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(p *program)
		paths  []string
		kind   Kind
		reason string
	}{
		{"content", func(p *program) { p.put("lib/static/deep/b.txt", "c") }, []string{"lib/static/deep/b.txt"}, Rebuild,
			"embedded by lib/lib.go: pattern static: content changed"},
		{"content by glob", func(p *program) { p.put("lib/tmpl/x.html", "y") }, []string{"lib/tmpl/x.html"}, Rebuild,
			"embedded by lib/lib.go: pattern tmpl/*.html"},
		{"same", func(p *program) { p.put("lib/static/a.txt", "a\n") }, []string{"lib/static/a.txt"}, None,
			"content is the same"},
		{"quoted", func(p *program) { p.put("lib/with space.txt", "y") }, []string{"lib/with space.txt"}, Rebuild,
			"content changed"},
		{"all", func(p *program) { p.put("lib/every/.hidden", "y") }, []string{"lib/every/.hidden"}, Rebuild,
			"pattern all:every"},
		{"not matched", func(p *program) { p.put("lib/tmpl/x.txt", "y") }, []string{"lib/tmpl/x.txt"}, None,
			"no pattern embeds it"},
		{"new in a directory", func(p *program) { p.put("lib/static/c.txt", "") }, []string{"lib/static/c.txt"}, Reload,
			"newly embedded: pattern static"},
		{"new by glob", func(p *program) { p.put("lib/tmpl/new.html", "") }, []string{"lib/tmpl/new.html"}, Reload,
			"newly embedded: pattern tmpl/*.html"},
		{"new directory", func(p *program) { p.put("lib/static/new/er/c.txt", "") }, []string{"lib/static/new"}, Reload,
			"newly embedded"},
		{"new directory without a file", func(p *program) { p.put("lib/static/new/.x", "") }, []string{"lib/static/new"},
			None, ""},
		{"hidden", func(p *program) { p.put("lib/static/.c.txt.swp", "") }, []string{"lib/static/.c.txt.swp"}, None,
			"leaves out names that begin with . or _ (all:static would take it)"},
		{"hidden directory", func(p *program) { p.put("lib/static/.git/HEAD", "") }, []string{"lib/static/.git"}, None, ""},
		{"hidden with all", func(p *program) { p.put("lib/every/_new", "") }, []string{"lib/every/_new"}, Reload,
			"newly embedded: pattern all:every"},
		{"editor's backup is embedded, as go build would", func(p *program) { p.put("lib/static/a.txt~", "") },
			[]string{"lib/static/a.txt~"}, Reload, "newly embedded"},
		{"removed", func(p *program) { p.remove("lib/static/a.txt") }, []string{"lib/static/a.txt"}, Reload, "was removed"},
		{"removed directory", func(p *program) { p.remove("lib/static/deep") }, []string{"lib/static/deep"}, Reload,
			"was removed"},
		{"last match removed", func(p *program) { p.remove("lib/tmpl/x.html") }, []string{"lib/tmpl/x.html"}, Reload,
			"was removed"},
		{"renamed", func(p *program) { p.rename("lib/static/a.txt", "lib/static/z.txt") },
			[]string{"lib/static/a.txt", "lib/static/z.txt"}, Reload, "newly embedded"},
		{"renamed directory", func(p *program) { p.rename("lib/static/deep", "lib/static/down") },
			[]string{"lib/static/deep", "lib/static/down"}, Reload, "newly embedded"},
		{"directory replaced by one with more", func(p *program) {
			p.rename("lib/static/deep", "away")
			p.put("lib/static/deep/b.txt", "b\n")
			p.put("lib/static/deep/c.txt", "c\n")
		}, []string{"lib/static/deep"}, Reload, "newly embedded: pattern static"},
		{"directory replaced by the same", func(p *program) {
			p.rename("lib/static/deep", "away")
			p.put("lib/static/deep/b.txt", "b\n")
		}, []string{"lib/static/deep"}, None, "content is the same"},
		{"cut out by go.mod", func(p *program) { p.put("lib/static/deep/go.mod", "module x\n") },
			[]string{"lib/static/deep/go.mod"}, Reload, ""},
		{"pattern added", func(p *program) { p.replace("lib/lib.go", "static\n", "static tmpl/x.txt\n") },
			[]string{"lib/lib.go"}, Reload, "embed patterns changed: +tmpl/x.txt"},
		{"link in a directory is not embedded", func(p *program) { p.link("a.txt", "lib/static/link") },
			[]string{"lib/static/link"}, None, ""},
		{"link that a glob matches breaks it", func(p *program) { p.link("x.txt", "lib/tmpl/link.html") },
			[]string{"lib/tmpl/link.html"}, Reload, "irregular"},
		{"a Go file in an embedded directory", func(p *program) { p.put("lib/static/x.go", "package x") },
			[]string{"lib/static/x.go"}, Reload, "newly embedded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, embedding1, ".").load()
			c.edit(p)
			p.expect(c.kind, c.reason, c.paths...)
		})
	}
}

// A pattern that matches nothing is an error of the package, and its other files
// are still inputs; the first match mends it.
func TestEmbedWithoutMatch(t *testing.T) {
	p := newProgram(t, embedding1, ".").load()
	p.replace("lib/lib.go", "all:every", "all:every dist/web/*.js")
	p.expect(Reload, "+dist/web/*.js", "lib/lib.go")
	if len(p.g.Errors()) == 0 {
		t.Fatal("no error")
	}
	p.put("lib/static/a.txt", "changed")
	p.expect(Reload, "content changed", "lib/static/a.txt") // of a broken package
	p.put("lib/dist/README", "")
	if c := p.expect(None, "", "lib/dist"); !c.WatchDirsChanged || !p.watched("lib/dist") {
		t.Error("a directory on the way to the pattern is not watched")
	}
	p.put("lib/dist/web/x.css", "")
	p.expect(None, "", "lib/dist/web")
	if !p.watched("lib/dist/web") {
		t.Error("the directory of the pattern is not watched")
	}
	p.put("lib/dist/web/x.js", "")
	p.expect(Reload, "newly embedded: pattern dist/web/*.js", "lib/dist/web/x.js")
	if errs := p.g.Errors(); len(errs) != 0 {
		t.Error(errs)
	}
}

// A file can be a source that is left out, and embedded.
func TestEmbeddedSource(t *testing.T) {
	p := newProgram(t, `
-- go.mod --
module example.com/m

go 1.26
-- main.go --
package main

import _ "embed"

//go:embed gen.go
var gen string

//go:embed main.go
var self string

func main() {}
-- gen.go --
//go:build ignore

package main
`, ".").load()
	p.wantInputs("gen.go", "main.go")
	p.why("gen.go", true, "embedded by main.go: pattern gen.go")
	p.put("gen.go", p.get("gen.go")+"// more\n")
	p.expect(Rebuild, "embedded by main.go: pattern gen.go: content changed", "gen.go")
	p.put("main.go", p.get("main.go")+"// more\n")
	p.expect(Rebuild, "content changed", "main.go")
}

func TestReaches(t *testing.T) {
	for _, c := range []struct {
		pattern, rel string
		want         reach
	}{
		{"static", "static", inside},
		{"static", "static/a/b", inside},
		{"static", "static/.a", hidden},
		{"static", "static/_d/b", hidden},
		{"all:static", "static/.a/b", inside},
		{"static", "statics", apart},
		{".hidden", ".hidden", inside},
		{"*", ".hidden", inside},
		{"a/*/c", "a", onWay},
		{"a/*/c", "a/b", onWay},
		{"a/*/c", "a/b/c", inside},
		{"a/*/c", "a/b/d", apart},
		{"a/b", "b", apart},
	} {
		if got := reaches(c.pattern, c.rel); got != c.want {
			t.Errorf("reaches(%q, %q) = %v, want %v", c.pattern, c.rel, got, c.want)
		}
	}
}

// A source that its package also embeds is data to it while its constraint is broken,
// and must be read as a source again afterwards.
func TestEmbeddedSourceMended(t *testing.T) {
	p := newProgram(t, `
-- go.mod --
module example.com/m

go 1.26
-- main.go --
package main

import "example.com/m/f"

func main() { f.F() }
-- f/x.go --
package f

import _ "embed"

//go:embed x.go
var x string
-- f/y.go --
package f

import _ "embed"

//go:embed x.go
var y string

func F() {}
`, ".").load()
	good := p.get("f/x.go")
	p.put("f/x.go", "//go:build dev &&\n\npackage f\n")
	p.follow(p.classify("f/x.go"))
	p.reload()
	p.put("f/x.go", good+"// mended\n")
	p.follow(p.classify("f/x.go"))
	fresh, err := Load(t.Context(), p.cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := differ(p.g, fresh); d != "" {
		t.Error(d)
	}
}

// A file that cannot be embedded, for its name or its kind, is named by the change when it
// comes and when it goes: the package's directory would say nothing to who saved it.
func TestFilesThatCannotBeEmbeddedAreNamed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no file has such a name here")
	}
	for _, name := range []string{"a:b.txt", "two\nlines", "quote\".txt", "esc\x1b[2J"} {
		p := newProgram(t, embedAll, ".").load()
		path := "dist/" + name
		for range 2 {
			p.put(path, "x")
			c := p.expect(Reload, "cannot embed", path)
			p.wantNamed(c, path)
			p.remove(path)
			c = p.expect(Reload, "was removed", path)
			p.wantNamed(c, path)
			if errs := p.g.Errors(); len(errs) != 0 {
				t.Error(errs)
			}
		}
		// All at once, with another change of the pattern's result.
		p.put(path, "x")
		p.put("dist/more.txt", "x")
		c := p.expect(Reload, "cannot embed", path, "dist/more.txt")
		p.wantNamed(c, path, "dist/more.txt")
		p.remove(path)
		p.remove("dist/more.txt")
		c = p.expect(Reload, "was removed", "dist")
		p.wantNamed(c, path, "dist/more.txt")
	}
}

// A link and a pipe under a glob cannot be embedded, either.
func TestIrregularFilesAreNamed(t *testing.T) {
	p := newProgram(t, strings.Replace(embedAll, "all:dist", "dist/*", 1), ".").load()
	p.link("one.txt", "dist/link")
	p.wantNamed(p.expect(Reload, "irregular", "dist/link"), "dist/link")
	p.remove("dist/link")
	p.wantNamed(p.expect(Reload, "was removed", "dist/link"), "dist/link")
}

const embedAll = `
-- go.mod --
module example.com/m

go 1.26
-- main.go --
package main

import "embed"

//go:embed all:dist
var dist embed.FS

func main() {}
-- dist/one.txt --
1
`

// wantNamed checks which paths have a detail that counts.
func (p *program) wantNamed(c Change, want ...string) {
	p.t.Helper()
	var got []string
	for _, d := range c.Details {
		if d.Kind > None {
			got = append(got, d.Path)
		}
	}
	got = p.rels(got)
	slices.Sort(got)
	slices.Sort(want)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		p.t.Errorf("the change names %q, want %q", got, want)
	}
}
