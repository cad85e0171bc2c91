// Package edit compares two versions of a Go file: whether the go command has to read
// it again (Header), and whether the newer one can be laid out so that all that stayed
// stands where it stood (LayOut).
//
// It reads text and nothing else. That a layout is the same tokens is checked
// here; whether it is of use only its compile shows, which is incremental/direct's part.
package edit

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// A Header is what the go command, and not the compiler, reads of a source file, and what else makes a recipe invalid
// when it changes: then the go command has to read the package again.
type Header struct {
	Package    string
	Imports    []string // sorted, without duplicates
	Directives []string // in the file's order: constraints, go:embed, go:debug, go:linkname, cgo's
	Bodyless   []string // functions that are defined elsewhere
}

// ReadHeader reads the header of a Go file's content. An error means that the file does not parse.
func ReadHeader(src []byte) (Header, error) {
	var h Header
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return h, err
	}
	h.Package = f.Name.Name
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return h, err
		}
		h.Imports = append(h.Imports, path)
	}
	slices.Sort(h.Imports)
	h.Imports = slices.Compact(h.Imports)
	for _, g := range f.Comments {
		for _, c := range g.List {
			if directive(c.Text) {
				h.Directives = append(h.Directives, c.Text)
			}
		}
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body == nil {
			h.Bodyless = append(h.Bodyless, fn.Name.Name)
		}
	}
	return h, nil
}

// directive reports whether a comment is one that more than the compiler of this one package may act on.
func directive(text string) bool {
	for _, p := range []string{
		"//go:build", "// +build", "//+build", "//go:embed", "//go:debug", "//go:linkname", "//go:cgo_", "//export ",
		"//go:wasmimport", "//go:wasmexport", "//line ", "/*line ",
	} {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}

// Differs says in words what of the header is not as it was; empty when all is.
func (h Header) Differs(old Header) string {
	switch {
	case h.Package != old.Package:
		return "its package clause changed"
	case !slices.Equal(h.Directives, old.Directives):
		return "a directive changed"
	case !slices.Equal(h.Bodyless, old.Bodyless):
		return "its functions without a body changed"
	case slices.Contains(h.Imports, "C"):
		return `it imports "C"`
	}
	return ""
}

// CheckImports says in words why the imports of a package are not as they were, given the headers of all its files;
// empty when they are. One file may import what another already did.
func CheckImports(now, old []Header) string {
	set := func(hs []Header) []string {
		var s []string
		for _, h := range hs {
			s = append(s, h.Imports...)
		}
		slices.Sort(s)
		return slices.Compact(s)
	}
	a, b := set(now), set(old)
	for _, i := range a {
		if !slices.Contains(b, i) {
			return fmt.Sprintf("%q is imported now", i)
		}
	}
	for _, i := range b {
		if !slices.Contains(a, i) {
			return fmt.Sprintf("%q is not imported any more", i)
		}
	}
	return ""
}

// pragma reports whether the compiler may read a comment.
func pragma(text string) bool {
	return strings.HasPrefix(text, "//go:") || directive(text)
}
