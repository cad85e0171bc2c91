package depgraph

import (
	"slices"
	"strings"
	"testing"
)

const cgoProgram = `
-- go.mod --
module example.com/m

go 1.26
-- main.go --
package main

import "example.com/m/c"

func main() { c.F() }
-- c/c.go --
package c

// #cgo CFLAGS: -I${SRCDIR}/../include -I${SRCDIR}/first
// #cgo linux LDFLAGS: -L${SRCDIR}/lib -lthing
// #include <stdio.h>
// #include "beside.h"
// #include <api/api.h>
// static int one(void) { return 1; }
import "C"

func F() int { return int(C.one()) }
-- c/beside.h --
#include "sub/nested.h"
-- c/sub/nested.h --
-- c/impl.c --
#include "beside.h"
-- c/first/README --
-- include/api/api.h --
#define API 1
# include "types.h"
-- include/api/types.h --
-- include/unused.h --
-- lib/README --
-- pure/pure.go --
package pure
-- pure/stray.h --
`

func newCgoProgram(t *testing.T) *program {
	p := newProgram(t, cgoProgram, ".")
	p.setenv("CGO_ENABLED=1")
	return p.load()
}

func TestCgo(t *testing.T) {
	for _, c := range []struct {
		name     string
		edit     func(p *program)
		path     string
		kind     Kind
		reason   string
		uncached bool
	}{
		{"header beside", func(p *program) { p.put("c/beside.h", "// x\n"+p.get("c/beside.h")) }, "c/beside.h", Rebuild,
			"content changed", false},
		{"C file", func(p *program) { p.put("c/impl.c", "#include \"beside.h\"\nint x;\n") }, "c/impl.c", Rebuild,
			"content changed", false},
		{"C file removed", func(p *program) { p.remove("c/impl.c") }, "c/impl.c", Reload, "was removed", false},
		{"C file added", func(p *program) { p.put("c/more.c", "") }, "c/more.c", Reload,
			"new file of package example.com/m/c", false},
		{"C file for others", func(p *program) { p.put("c/more_windows.c", "") }, "c/more_windows.c", None, "for windows",
			false},
		{"C file left out", func(p *program) { p.put("c/impl.c", "//go:build prod\n\n") }, "c/impl.c", Reload,
			"needs tag prod", false},
		{"header of -I", func(p *program) { p.put("include/api/types.h", "#define T 1\n") }, "include/api/types.h", Rebuild,
			"content changed", true},
		{"nested header", func(p *program) { p.put("c/sub/nested.h", "#define T 1\n") }, "c/sub/nested.h", Rebuild,
			"content changed", true},
		{"header of -I removed", func(p *program) { p.remove("include/api/types.h") }, "include/api/types.h", Reload,
			"was removed", true},
		{"header of -I includes more", func(p *program) { p.put("include/api/types.h", "#include \"../unused.h\"\n") },
			"include/api/types.h", Reload, `includes changed: +"../unused.h"`, true},
		{"header that nothing includes", func(p *program) { p.put("include/unused.h", "#define T 1\n") }, "include/unused.h",
			None, "", false},
		{"header found earlier", func(p *program) { p.put("c/api/api.h", "") }, "c/api/api.h", Reload,
			"a header for #include <api/api.h> appeared", true},
		{"header of the system", func(p *program) { p.put("include/stdio.h", "") }, "include/stdio.h", None, "", false},
		{"library appears", func(p *program) { p.put("c/lib/libthing.a", "") }, "c/lib/libthing.a", Reload, "appeared", true},
		{"preamble", func(p *program) { p.replace("c/c.go", "return 1;", "return 2;") }, "c/c.go", Rebuild,
			"cgo preamble changed", false},
		{"cgo lines", func(p *program) { p.replace("c/c.go", "-lthing", "-lother") }, "c/c.go", Reload, "#cgo lines changed",
			false},
		{"includes", func(p *program) { p.replace("c/c.go", "// static", "// #include <math.h>\n// static") }, "c/c.go",
			Reload, "includes changed: +<math.h>", false},
		{"body", func(p *program) { p.replace("c/c.go", "return int", "return 1 + int") }, "c/c.go", Rebuild,
			"content changed", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newCgoProgram(t)
			c.edit(p)
			change := p.expect(c.kind, c.reason, c.path)
			i := slices.IndexFunc(change.Details, func(d Detail) bool { return d.Path == p.path(c.path) })
			if i < 0 {
				t.Fatalf("no detail of %s: %v", c.path, change)
			}
			if d := change.Details[i]; d.Uncached != c.uncached {
				t.Errorf("uncached = %v, want %v", d.Uncached, c.uncached)
			}
		})
	}
}

func TestCgoGraph(t *testing.T) {
	p := newCgoProgram(t)
	p.wantInputs("c/beside.h", "c/c.go", "c/impl.c", "c/sub/nested.h", "include/api/api.h", "include/api/types.h",
		"main.go")
	if pkg := p.g.Package("example.com/m/c"); !pkg.Cgo {
		t.Error("Cgo is not set")
	}
	p.why("c/beside.h", true, "in the build: example.com/m imports example.com/m/c (header of the package)")
	p.why("c/impl.c", true, "in the build: example.com/m imports example.com/m/c (C source of the package)")
	p.why("include/api/api.h", true,
		"in the build: c/c.go has #include <api/api.h>: example.com/m imports example.com/m/c")
	for _, dir := range []string{"c/sub", "include/api", "c"} {
		if !p.watched(dir) {
			t.Errorf("%s is not watched", dir)
		}
	}
}

func TestCgoOff(t *testing.T) {
	p := newProgram(t, `
-- go.mod --
module example.com/m

go 1.26
-- main.go --
package main

func main() {}
-- c.go --
package main

import "C"
`, ".")
	p.setenv("CGO_ENABLED=0")
	p.load()
	p.wantInputs("main.go")
	p.replace("c.go", "import", "// x\nimport")
	p.expect(None, "cgo", "c.go")
	p.replace("c.go", `import "C"`, "")
	p.expect(Reload, "now a file of package", "c.go")
}

func TestParseIncludes(t *testing.T) {
	got := includeLines(parseIncludes([]byte(strings.Join([]string{
		`#include "a.h"`, ` #  include <b/c.h> // x`, `#import "d.h"`, `#include_next <e.h>`, `#include MACRO`,
		`include "f.h"`, `#includes`, `#ifdef X`,
	}, "\n"))))
	want := []string{`"a.h"`, `"d.h"`, "(macro)", "<b/c.h>", "<e.h>"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
