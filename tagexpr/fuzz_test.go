package tagexpr

import (
	"bytes"
	"go/build"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzMatch compares one file with what go/build says of it: MatchFile for name and constraint, ImportDir of
// a directory with this file alone for the rest.
func FuzzMatch(f *testing.F) {
	for _, name := range []string{"a.go", "a_linux.go", "a_windows_arm64.s", "a_test.go", "a.c", "a.S", "x.syso",
		"a_unix.go", "a_.go", "a_linux_test.go"} {
		for _, src := range []string{
			"package p\n", "//go:build a && !b\n\npackage p\n", "// +build a,b c\n// +build !c\n\npackage p\n",
			"// +build a\n\tRET\n",
			"/* x */ /*\n//go:build a\n*/\n//go:build (b)\npackage p\nimport \"C\"\n", "\ufeff//go:build b\r\n\r\npackage p",
			"package documentation", "package p;import(\"C\";`x`)\n//go:build a", "//go:build !unix || cgo\n//go:build a\n",
			";// +build a\n/",
			"package p\nimport \"\\x43\"\n", "//+build\n\npackage p", "// +build !!a\n\n#", "package p\nimport x", "",
			"//go:build a\rpackage p", "package p\nimport \"C\"0", "package p\nimport(\"C\"0)", "package p\nimport \"C\" if",
			"package p\nimport \"C\"\n\x00", "package p\nimport x \"\\\x00\"", "// \x00\npackage p", "package p /",
			"package p /\x00", "import\x00", "package p\nimport(\x7f\x00", "package p import . `C`;import(i\"j\")",
		} {
			f.Add(name, []byte(src), "a,linux", uint8(0))
			f.Add(name, []byte(src), "b", uint8(5))
		}
	}
	f.Fuzz(func(t *testing.T, name string, src []byte, tags string, system uint8) {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
			t.Skip("not a base name")
		}
		buildTags, err := ParseTags(tags)
		if err != nil {
			t.Skip(err)
		}
		systems := []string{"linux/amd64", "windows/arm64", "android/arm64", "illumos/amd64", "ios/arm64", "darwin/amd64",
			"js/wasm"}
		goos, goarch, _ := strings.Cut(systems[int(system/2)%len(systems)], "/")
		c := &Context{
			GOOS: goos, GOARCH: goarch, Compiler: "gc", CgoEnabled: system%2 == 0,
			BuildTags: buildTags, ToolTags: build.Default.ToolTags, ReleaseTags: build.Default.ReleaseTags,
		}
		bc := goBuild(c, name, src)

		v := c.Match(name, src)
		if v.Reason == "" || v.Err == nil && strings.TrimSpace(v.Reason) != v.Reason {
			t.Errorf("reason %q", v.Reason)
		}
		if v != c.Match(name, src) && v.Err == nil {
			t.Error("a second look gives another verdict")
		}
		matches, err := bc.MatchFile("/m", name)
		if path.Ext(name) == ".go" && err != nil {
			matches = false // true beside an error for a file that cannot be read, which in other languages is a match
		}
		if got := c.matchConstraints(name, src).Included; got != matches {
			t.Errorf("name and constraint: %v; MatchFile: %v", got, matches)
		}

		p, err := bc.ImportDir("/m", 0)
		in := slices.Concat(p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles, p.SwigFiles,
			p.SwigCXXFiles, p.SysoFiles)
		if needsCgo(name) {
			return // ImportDir does not know the rule of cmd/go, and this file is alone
		}
		if got, want := v.Included, len(in) > 0; got != want {
			t.Errorf("included: %v (%s); ImportDir: %v (%v)", got, v.Reason, want, err)
		}
		if v.Err != nil && len(p.InvalidGoFiles) == 0 && path.Ext(name) == ".go" {
			t.Errorf("error %v; ImportDir: %v", v.Err, err)
		}
		if v.Err == nil && len(p.InvalidGoFiles) > 0 && !bytes.Contains(src, []byte("#cgo")) { // #cgo lines are not looked at
			t.Errorf("no error; ImportDir: %v", err)
		}
		mentioned := Mentioned(name, src)
		for _, tag := range p.AllTags {
			if !slices.Contains(mentioned, tag) {
				t.Errorf("mentions %q, not %s", mentioned, tag)
			}
		}
		if matches && v.Err == nil && path.Ext(name) == ".go" && !slices.Equal(mentioned, slices.Compact(p.AllTags)) &&
			len(mentioned)+len(p.AllTags) > 0 {
			t.Errorf("mentions %q; go/build: %q", mentioned, p.AllTags)
		}
	})
}

func FuzzParseTags(f *testing.F) {
	for _, s := range []string{"", "a,b", "a b", "'a b' c", "\"x", "'", "a' b", ",,", "a\tb c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		tags, err := ParseTags(list)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "unterminated ") {
				t.Errorf("error %v", err)
			}
			return
		}
		if tags == nil {
			t.Error("nil without an error")
		}
		// Every tag can be given back alone, in one of the two syntaxes, and what is not a tag is a separator.
		rest := list
		for _, tag := range tags {
			i := strings.Index(rest, tag)
			if i < 0 || strings.Trim(rest[:i], ", \t\r\n'\"") != "" {
				t.Fatalf("ParseTags(%q) = %q: %q out of place", list, tags, tag)
			}
			rest = rest[i+len(tag):]
		}
		if strings.Trim(rest, ", \t\r\n'\"") != "" {
			t.Errorf("ParseTags(%q) = %q: %q lost", list, tags, rest)
		}
	})
}

// goBuild is c as a go/build.Context that sees one file in one directory, and no disk.
func goBuild(c *Context, name string, src []byte) *build.Context {
	return &build.Context{
		GOOS: c.GOOS, GOARCH: c.GOARCH, Compiler: c.Compiler, CgoEnabled: c.CgoEnabled, UseAllFiles: c.UseAllFiles,
		BuildTags: c.BuildTags, ToolTags: c.ToolTags, ReleaseTags: c.ReleaseTags,
		JoinPath:  path.Join,
		IsDir:     func(string) bool { return true },
		HasSubdir: func(string, string) (string, bool) { return "", false },
		ReadDir:   func(string) ([]fs.FileInfo, error) { return []fs.FileInfo{file(name)}, nil },
		OpenFile:  memory(src),
	}
}

func memory(src []byte) func(string) (io.ReadCloser, error) {
	return func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(src)), nil }
}

// file is a regular file's fs.FileInfo.
type file string

func (f file) Name() string     { return string(f) }
func (file) Size() int64        { return 0 }
func (file) Mode() fs.FileMode  { return 0o644 }
func (file) ModTime() time.Time { return time.Time{} }
func (file) IsDir() bool        { return false }
func (file) Sys() any           { return nil }
