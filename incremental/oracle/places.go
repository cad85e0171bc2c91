package oracle

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"slices"
	"strings"
)

// A file is a parsed Go file: where in it an edit may be made.
type file struct {
	src  []byte
	fset *token.FileSet
	ast  *ast.File
}

func parse(src []byte) (*file, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.ParseComments|parser.SkipObjectResolution)
	return &file{src, fset, f}, err
}

func (f *file) offset(p token.Pos) int { return f.fset.PositionFor(p, false).Offset }

// splice returns the source with [from, to) replaced.
func (f *file) splice(from, to int, text string) []byte {
	return []byte(string(f.src[:from]) + text + string(f.src[to:]))
}

// insert returns the source with text at an offset.
func (f *file) insert(at int, text string) []byte { return f.splice(at, at, text) }

// lineEnd returns the offset of the end of the line that at is in.
func (f *file) lineEnd(at int) int {
	if i := bytes.IndexByte(f.src[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(f.src)
}

// bodies returns the functions that have a body and satisfy keep.
func (f *file) bodies(keep func(*ast.FuncDecl) bool) []*ast.FuncDecl {
	var list []*ast.FuncDecl
	for _, d := range f.ast.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && (keep == nil || keep(fn)) {
			list = append(list, fn)
		}
	}
	return list
}

func generic(fn *ast.FuncDecl) bool {
	if fn.Type.TypeParams != nil {
		return true
	}
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return false
	}
	t := fn.Recv.List[0].Type
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	switch t.(type) {
	case *ast.IndexExpr, *ast.IndexListExpr:
		return true
	}
	return false
}

// short reports whether a function is likely to be inlined.
func short(fn *ast.FuncDecl) bool { return len(fn.Body.List) == 1 }

// statements returns the statements of the functions that keep is true of, those within others too.
func (f *file) statements(keep func(*ast.FuncDecl) bool) []ast.Stmt {
	var list []ast.Stmt
	for _, fn := range f.bodies(keep) {
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				list = append(list, n.List...)
			case *ast.CaseClause:
				list = append(list, n.Body...)
			case *ast.CommClause:
				list = append(list, n.Body...)
			}
			return true
		})
	}
	return slices.DeleteFunc(list, func(s ast.Stmt) bool { // nothing may stand before these
		switch s.(type) {
		case *ast.CaseClause, *ast.CommClause:
			return true
		}
		return false
	})
}

// simple returns those statements that a function can often do without.
func (f *file) simple(keep func(*ast.FuncDecl) bool) []ast.Stmt {
	var list []ast.Stmt
	for _, s := range f.statements(keep) {
		switch s := s.(type) {
		case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt:
			list = append(list, s)
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				list = append(list, s)
			}
		}
	}
	return list
}

// expressions returns the expressions of a type in function bodies.
func expressions[E ast.Node](f *file) []E {
	var list []E
	for _, fn := range f.bodies(nil) {
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if e, ok := n.(E); ok {
				list = append(list, e)
			}
			return true
		})
	}
	return list
}

// decls returns the general declarations of a token.
func (f *file) decls(t token.Token) []*ast.GenDecl {
	var list []*ast.GenDecl
	for _, d := range f.ast.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == t {
			list = append(list, g)
		}
	}
	return list
}

// structs returns the struct types that are declared and have fields.
func (f *file) structs() []*ast.StructType {
	var list []*ast.StructType
	for _, g := range f.decls(token.TYPE) {
		for _, s := range g.Specs {
			if t, ok := s.(*ast.TypeSpec).Type.(*ast.StructType); ok && t.Fields.NumFields() > 0 {
				list = append(list, t)
			}
		}
	}
	return list
}

// lines returns the offsets of the lines that keep is true of, the newline left out, where a
// line may go without the scanner taking notice of anything but positions.
func (f *file) lines(keep func(line string) bool) []int {
	raw := make(map[int]bool) // lines within a token
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			for i := f.fset.PositionFor(l.Pos(), false).Line; i <= f.fset.PositionFor(l.End(), false).Line; i++ {
				raw[i] = true
			}
		}
		return true
	})
	var list []int
	at := 0
	for i, l := range strings.SplitAfter(string(f.src), "\n") {
		if !raw[i+1] && at > f.offset(f.ast.Name.End()) && strings.HasSuffix(l, "\n") && keep(strings.TrimSpace(l)) {
			list = append(list, at)
		}
		at += len(l)
	}
	return list
}

func pick[T any](r *rand.Rand, list []T) (x T, ok bool) {
	if len(list) == 0 {
		return x, false
	}
	return list[r.IntN(len(list))], true
}
