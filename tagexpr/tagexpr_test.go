package tagexpr

import (
	"errors"
	"go/build"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// linux is the configuration of the tables: nothing set, nothing of this machine.
func linux() *Context {
	return &Context{
		GOOS: "linux", GOARCH: "amd64", Compiler: "gc", CgoEnabled: true,
		ToolTags: []string{"amd64.v1", "goexperiment.aliastypeparams"}, ReleaseTags: []string{"go1.1", "go1.2", "go1.26"},
	}
}

// Each reason is compared whole: these are the words of `gorun -why`.
func TestReasons(t *testing.T) {
	const p = "package p\n"
	dev := func(c *Context) { c.BuildTags = []string{"dev"} }
	noCgo := func(c *Context) { c.CgoEnabled = false }
	windows := func(c *Context) { c.GOOS = "windows" }
	race := func(c *Context) { c.ToolTags = append(c.ToolTags, "race") }
	named := func(c *Context) { c.UseAllFiles = true }
	tests := []struct {
		name, src string
		change    func(*Context)
		in        bool
		reason    string
	}{
		{"a.go", p, nil, true, "no constraint"},
		{"a.h", "", nil, true, "no constraint"},
		{"linux.go", p, windows, true, "no constraint"},

		// Names.
		{"_a.go", p, nil, false, "name begins with _"},
		{".a.go", p, nil, false, "name begins with ."},
		{"_a_test.go", p, nil, false, "name begins with _"},
		{"a.md", "", nil, false, "not a source file (.md)"},
		{"a.go~", p, nil, false, "not a source file (.go~)"},
		{"Makefile", "", nil, false, "not a source file (no ending)"},
		{"a_test.go", p, nil, false, "test file"},
		{"a_windows_test.go", p, nil, false, "test file"},
		{"a_linux.go", p, nil, true, "for linux"},
		{"a_windows.go", p, nil, false, "for windows"},
		{"a_arm64.s", "", nil, false, "for arm64"},
		{"a_linux_arm64.syso", "", nil, false, "for linux/arm64"},
		{"a_windows_amd64.go", p, nil, false, "for windows/amd64"},
		{"a_linux_amd64.go", p, nil, true, "for linux/amd64"},
		{"a_linux_foo.go", p, windows, true, "no constraint"},
		{"a_windows.x.go", p, nil, false, "for windows"},

		// Constraint lines.
		{"a.go", "//go:build prod\n\n" + p, nil, false, "needs tag prod"},
		{"a.go", "//go:build dev\n\n" + p, dev, true, "tag dev is set"},
		{"a.go", "//go:build !dev\n\n" + p, dev, false, "not with tag dev"},
		{"a.go", "//go:build !dev\n\n" + p, nil, true, "tag dev is not set"},
		{"a.go", "//go:build ignore\n\n" + p, nil, false, "needs tag ignore"},
		{"a.go", "//go:build windows\n\n" + p, nil, false, "for windows"},
		{"a.go", "//go:build windows || darwin\n\n" + p, nil, false, "for windows or darwin"},
		{"a.go", "//go:build !linux\n\n" + p, nil, false, "not for linux"},
		{"a.go", "//go:build !windows\n\n" + p, nil, true, "not for windows"},
		{"a.go", "//go:build unix\n\n" + p, nil, true, "for unix"},
		{"a.go", "//go:build unix\n\n" + p, windows, false, "for unix"},
		{"a.go", "//go:build linux && prod\n\n" + p, nil, false, "needs tag prod"},
		{"a.go", "//go:build windows && prod\n\n" + p, nil, false, "for windows and needs tag prod"},
		{"a.go", "//go:build prod && extra\n\n" + p, nil, false, "needs tag prod and tag extra"},
		{"a.go", "//go:build a || b || c\n\n" + p, nil, false, "needs tag a or tag b or tag c"},
		{"a.go", "//go:build (a && b) || windows\n\n" + p, nil, false, "(needs tag a and tag b) or for windows"},
		{"a.go", "//go:build !(a || dev)\n\n" + p, dev, false, "not with tag dev"},
		{"a.go", "//go:build linux && dev\n\n" + p, dev, true, "for linux and tag dev is set"},
		{"a.go", "//go:build go1.99\n\n" + p, nil, false, "for go 1.99 and later"},
		{"a.go", "//go:build !go1.2\n\n" + p, nil, false, "for go before 1.2"},
		{"a.go", "//go:build go1.2\n\n" + p, nil, true, "for go 1.2 and later"},
		{"a.go", "//go:build gccgo\n\n" + p, nil, false, "for compiler gccgo"},
		{"a.go", "//go:build goexperiment.x\n\n" + p, nil, false, "needs GOEXPERIMENT=x"},
		{"a.go", "//go:build goexperiment.aliastypeparams\n\n" + p, nil, true, "GOEXPERIMENT aliastypeparams"},
		{"a.go", "//go:build race\n\n" + p, nil, false, "needs -race"},
		{"a.go", "//go:build race\n\n" + p, race, true, "-race is set"},
		{"a.go", "//go:build !race\n\n" + p, race, false, "not with -race"},
		{"a.go", "//go:build cgo\n\n" + p, noCgo, false, "needs cgo"},
		{"a.go", "//go:build !cgo\n\n" + p, nil, false, "not with cgo"},
		{"a.go", "//go:build !cgo\n\n" + p, noCgo, true, "cgo is off"},
		{"a_linux.go", "//go:build dev\n\n" + p, dev, true, "for linux and tag dev is set"},
		{"a_linux.go", "//go:build dev\n\n" + p, nil, false, "needs tag dev"},
		{"a_test.go", "//go:build dev\n\n" + p, nil, false, "test file"},

		// Where constraint lines may stand.
		{"a.go", "// Copyright\n\n// +build prod\n\n" + p, nil, false, "needs tag prod"},
		{"a.go", "// +build prod\n" + p, nil, true, "no constraint"},
		{"a.go", "//go:build prod\n" + p, nil, false, "needs tag prod"},
		{"a.go", p + "\n//go:build prod\n", nil, true, "no constraint"},
		{"a.go", p + "\n// +build prod\n\n", nil, true, "no constraint"},
		{"a.go", "/*\n//go:build prod\n*/\n\n" + p, nil, true, "no constraint"},
		{"a.go", "/* c */\n\n// +build prod\n\n" + p, nil, true, "no constraint"},
		{"a.go", "/* c */\n\n//go:build prod\n\n" + p, nil, false, "needs tag prod"},
		{"a.go", "//go:build dev\n// +build prod\n\n" + p, dev, true, "tag dev is set"},
		{"a.go", "// +build a b\n// +build c\n\n" + p, nil, false, "(needs tag a or tag b) and needs tag c"},
		{"a.go", "// +build a,b !dev\n\n" + p, dev, false, "(needs tag a and tag b) or not with tag dev"},
		{"a.go", "\ufeff//go:build prod\n\n" + p, nil, false, "needs tag prod"},
		{"a.go", "//go:build prod\r\n\r\n" + p, nil, false, "needs tag prod"},
		{"a.s", "// +build prod\n\tRET\n", nil, false, "needs tag prod"},     // the indentation is a blank line
		{"a.s", "// +build prod\n\t; comment\n", nil, true, "no constraint"}, // this one is not blank
		{"a.s", "// +build prod\nRET\n", nil, true, "no constraint"},
		{"a.c", "//go:build prod\n#include <x.h>\n", nil, false, "needs tag prod"},
		{"a.syso", "//go:build prod\n\n", nil, true, "no constraint"},

		// cgo, and what only counts beside it.
		{"a.go", p + "import \"C\"\n", nil, true, "no constraint"},
		{"a.go", p + "import \"C\"\n", noCgo, false, `needs cgo (imports "C")`},
		{"a.c", "", noCgo, false, "needs cgo"},
		{"a.S", "", noCgo, false, "needs cgo"},
		{"a.s", "", noCgo, true, "no constraint"},
		{"doc.go", "package documentation\n", nil, false, "package documentation is never built"},

		// File arguments.
		{"a_windows.go", p, named, true, "named on the command line (otherwise: for windows)"},
		{"a.go", "//go:build ignore\n\n" + p, named, true, "named on the command line (otherwise: needs tag ignore)"},
		{"_a.go", p, named, false, "name begins with _"},
	}
	for _, tt := range tests {
		c := linux()
		if tt.change != nil {
			tt.change(c)
		}
		if got := c.Match(tt.name, []byte(tt.src)); got != (Verdict{Included: tt.in, Reason: tt.reason}) {
			t.Errorf("%s %q on %s:\n got %v %q (%v)\nwant %v %q", tt.name, tt.src, c.GOOS, got.Included, got.Reason, got.Err,
				tt.in, tt.reason)
		}
	}
}

// Files that make the go command refuse the package.
func TestErrors(t *testing.T) {
	tests := []struct {
		name, src string
		in        bool
		err       string
	}{
		{"a.go", "//go:build (\n\npackage p\n", false, "parsing //go:build line: missing close paren"},
		{"a.go", "//go:build a\n//go:build b\n\npackage p\n", false, "multiple //go:build comments"},
		{"a_test.go", "//go:build (\n\npackage p\n", false, "parsing //go:build line: missing close paren"},
		{"a.go", "package p\nimport \"x\n", true, "2:8: string literal not terminated"},
		{"a_test.go", "garbage\n", false, "1:1: expected 'package', found garbage"},
		{"a_test.go", "package p\nimport \"C\"\n", false, "use of cgo in test not supported"},
		{"a.go", "package p\x00\n", false, "unexpected NUL in input"},
		{"a.go", "//go:build prod\n\npackage p\x00\n", false, "unexpected NUL in input"},
		{"a_windows.go", "//go:build (\n\npackage p\n", false, ""},
		{"a.go", "package p\nfunc (\n", true, ""}, // the compiler's to tell
	}
	for _, tt := range tests {
		v := linux().Match(tt.name, []byte(tt.src))
		var got string
		if v.Err != nil {
			got = v.Err.Error()
		}
		if v.Included != tt.in || got != tt.err || v.Reason == "" {
			t.Errorf("%s %q: included %v, reason %q, error %q; want %v, error %q", tt.name, tt.src, v.Included, v.Reason, got,
				tt.in, tt.err)
		}
	}
}

func TestParseTags(t *testing.T) {
	tests := []struct {
		list string
		want []string
		err  string
	}{
		{"", []string{}, ""},
		{"a", []string{"a"}, ""},
		{"a,b,,c,", []string{"a", "b", "c"}, ""},
		{"a b  c", []string{"a", "b", "c"}, ""},
		{"'a'", []string{"a"}, ""},
		{"a,b c", []string{"a,b", "c"}, ""},
		{`"a b" c`, []string{"a b", "c"}, ""},
		{"'a'b", []string{"a", "b"}, ""},
		{"a'", []string{"a'"}, ""},
		{"\"a\"", []string{"\"a\""}, ""}, // a double quote alone does not make it the old syntax
		{" ", []string{}, ""},
		{"'a", nil, "unterminated ' string"},
		{` "a`, nil, `unterminated " string`},
	}
	for _, tt := range tests {
		got, err := ParseTags(tt.list)
		if tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("ParseTags(%q): error %v, want %s", tt.list, err, tt.err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, tt.want) || got == nil {
			t.Errorf("ParseTags(%q) = %q, %v; want %q", tt.list, got, err, tt.want)
		}
	}
}

func TestMentioned(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"a.go", "package p\n", ""},
		{"a_linux_arm64.go", "//go:build b && !a || b\n\npackage p\n", "a arm64 b linux"},
		{"a_windows_test.go", "// +build x,!y z\n\npackage p\n", "windows x y z"},
		{"a.go", "package p\nimport `C`\n", "cgo"},
		{"a.S", "//go:build x\n", "cgo x"},
		{"a_linux.syso", "//go:build x\n", "linux"},
		{"a.md", "//go:build x\n", ""},
		{"_a_linux.go", "//go:build x\n", ""},
		{"a_js.go", "//go:build (\n", "js"},
		{"a.go", "//go:build new\n// +build old\n\npackage p\n", "new"},
	}
	for _, tt := range tests {
		if got := strings.Join(Mentioned(tt.name, []byte(tt.src)), " "); got != tt.want {
			t.Errorf("Mentioned(%s, %q) = %q, want %q", tt.name, tt.src, got, tt.want)
		}
	}
}

// The lists of systems must be those of the go command that this is built with.
func TestSyslist(t *testing.T) {
	goroot := strings.TrimSpace(string(runGo(t, t.TempDir(), nil, []string{"env", "GOROOT"})))
	src, err := os.ReadFile(filepath.Join(goroot, "src", "internal", "syslist", "syslist.go"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("GOROOT has no sources")
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, ours := range map[string]map[string]bool{"KnownOS": knownOS, "UnixOS": unixOS, "KnownArch": knownArch} {
		_, list, _ := strings.Cut(string(src), "var "+name+" =")
		list, _, _ = strings.Cut(list, "\n}")
		theirs := map[string]bool{}
		for _, m := range regexp.MustCompile(`"(\w+)":`).FindAllStringSubmatch(list, -1) {
			theirs[m[1]] = true
		}
		if len(theirs) == 0 {
			t.Fatalf("no %s in syslist.go", name)
		}
		for word := range theirs {
			if !ours[word] {
				t.Errorf("%s lacks %s", name, word)
			}
		}
		for word := range ours {
			if !theirs[word] {
				t.Errorf("%s has %s", name, word)
			}
		}
	}
	// The endings are not exported either; go/build tells which it opens.
	for ext := range sourceEndings {
		ctxt := build.Default
		ctxt.OpenFile = memory(nil)
		if ok, err := ctxt.MatchFile("/", "a"+ext); err == nil && !ok {
			t.Errorf("go/build does not know %s", ext)
		}
	}
}
