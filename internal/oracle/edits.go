package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"strconv"
	"strings"
)

// An edit changes the text of one Go file as somebody might who works on it. n makes the names it adds new ones. It
// returns nil when the file has no place for it. The result parses or not, compiles or not: both are edits people make.
type edit struct {
	name string
	do   func(r *rand.Rand, f *file, n int) []byte
}

// A file is a parsed Go file.
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

func (f *file) offset(p token.Pos) int { return f.fset.Position(p).Offset }

// splice returns the source with [from, to) replaced.
func (f *file) splice(from, to int, text string) []byte {
	return []byte(string(f.src[:from]) + text + string(f.src[to:]))
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

func short(fn *ast.FuncDecl) bool { return len(fn.Body.List) == 1 }

func pick[T any](r *rand.Rand, list []T) (x T, ok bool) {
	if len(list) == 0 {
		return x, false
	}
	return list[r.IntN(len(list))], true
}

// first puts text at the beginning of the body of a random function.
func first(keep func(*ast.FuncDecl) bool, text func(n int) string) func(*rand.Rand, *file, int) []byte {
	return func(r *rand.Rand, f *file, n int) []byte {
		fn, ok := pick(r, f.bodies(keep))
		if !ok {
			return nil
		}
		at := f.offset(fn.Body.Lbrace) + 1
		return f.splice(at, at, text(n))
	}
}

// somewhere puts text before a random statement of a body.
func somewhere(text func(n int) string) func(*rand.Rand, *file, int) []byte {
	return func(r *rand.Rand, f *file, n int) []byte {
		fn, ok := pick(r, f.bodies(func(fn *ast.FuncDecl) bool { return len(fn.Body.List) > 0 }))
		if !ok {
			return nil
		}
		s, _ := pick(r, fn.Body.List)
		at := f.offset(s.Pos())
		return f.splice(at, at, text(n))
	}
}

// literals returns the literals of a kind in function bodies, or outside of them.
func (f *file) literals(kind token.Token, inside bool) []*ast.BasicLit {
	var list []*ast.BasicLit
	collect := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.ImportSpec, *ast.Field:
				return false
			case *ast.BasicLit:
				if x.Kind == kind {
					list = append(list, x)
				}
			}
			return true
		})
	}
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if inside && d.Body != nil {
				collect(d.Body)
			}
		case *ast.GenDecl:
			if !inside {
				collect(d)
			}
		}
	}
	return list
}

func literal(kind token.Token, inside bool) func(*rand.Rand, *file, int) []byte {
	return func(r *rand.Rand, f *file, n int) []byte {
		l, ok := pick(r, f.literals(kind, inside))
		if !ok {
			return nil
		}
		from, to := f.offset(l.Pos()), f.offset(l.End())
		text := strconv.Itoa(n%90 + 1)
		if kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err != nil || strings.Contains(l.Value, "\n") {
				return nil
			} else {
				text = strconv.Quote(s + "-" + strconv.Itoa(n))
			}
		}
		return f.splice(from, to, text)
	}
}

// declare puts a declaration before or after a random one.
func declare(text func(n int) string) func(*rand.Rand, *file, int) []byte {
	return func(r *rand.Rand, f *file, n int) []byte {
		var decls []ast.Decl
		for _, d := range f.ast.Decls {
			if g, ok := d.(*ast.GenDecl); !ok || g.Tok != token.IMPORT {
				decls = append(decls, d)
			}
		}
		d, ok := pick(r, decls)
		if !ok {
			return nil
		}
		at := f.offset(d.End())
		if i := bytes.IndexByte(f.src[at:], '\n'); i >= 0 {
			at += i
		} else {
			at = len(f.src)
		}
		return f.splice(at, at, "\n\n"+text(n)+"\n")
	}
}

func deleteStatement(r *rand.Rand, f *file, n int) []byte {
	var list []ast.Stmt
	for _, fn := range f.bodies(nil) {
		for _, s := range fn.Body.List {
			switch s := s.(type) {
			case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt:
				list = append(list, s)
			case *ast.AssignStmt:
				if s.Tok != token.DEFINE {
					list = append(list, s)
				}
			}
		}
	}
	s, ok := pick(r, list)
	if !ok {
		return nil
	}
	return f.splice(f.offset(s.Pos()), f.offset(s.End()), "")
}

func variadic(r *rand.Rand, f *file, n int) []byte {
	fn, ok := pick(r, f.bodies(func(fn *ast.FuncDecl) bool {
		p := fn.Type.Params.List
		if fn.Name.Name == "main" || fn.Name.Name == "init" || len(p) > 0 && len(p[0].Names) == 0 {
			return false
		}
		if len(p) == 0 {
			return true
		}
		_, dots := p[len(p)-1].Type.(*ast.Ellipsis)
		return !dots
	}))
	if !ok {
		return nil
	}
	at, text := f.offset(fn.Type.Params.Closing), "_ ...int"
	if len(fn.Type.Params.List) > 0 {
		text = ", " + text
	}
	return f.splice(at, at, text)
}

func rename(r *rand.Rand, f *file, n int) []byte {
	fn, ok := pick(r, f.bodies(func(fn *ast.FuncDecl) bool { return len(fn.Type.Params.List) == 0 && fn.Recv == nil }))
	if !ok || fn.Name.Name == "main" || fn.Name.Name == "init" {
		return nil
	}
	// A new result that every return lacks: an edit that does not compile, unless nothing returns.
	at := f.offset(fn.Type.Params.Closing) + 1
	return f.splice(at, at, " /* "+strconv.Itoa(n)+" */ ")
}

func field(r *rand.Rand, f *file, n int) []byte {
	var list []*ast.StructType
	for _, d := range f.ast.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, s := range g.Specs {
				if t, ok := s.(*ast.TypeSpec).Type.(*ast.StructType); ok && t.Fields.NumFields() > 0 {
					list = append(list, t)
				}
			}
		}
	}
	t, ok := pick(r, list)
	if !ok {
		return nil
	}
	at := f.offset(t.Fields.Closing)
	return f.splice(at, at, fmt.Sprintf("\n\tgorunField%d int\n", n))
}

func method(r *rand.Rand, f *file, n int) []byte {
	fn, ok := pick(r, f.bodies(func(fn *ast.FuncDecl) bool { return fn.Recv != nil && !generic(fn) }))
	if !ok {
		return nil
	}
	recv := string(f.src[f.offset(fn.Recv.Opening):f.offset(fn.Recv.Closing)])
	at := f.offset(fn.End())
	return f.splice(at, at, fmt.Sprintf("\n\nfunc %s) gorunMethod%d() int { return %d }\n", recv, n, n))
}

func broken(r *rand.Rand, f *file, n int) []byte {
	if r.IntN(4) > 0 {
		return nil // rarer than the others
	}
	fn, ok := pick(r, f.bodies(nil))
	if !ok {
		return nil
	}
	at := f.offset(fn.Body.Lbrace) + 1
	return f.splice(at, at, "\n\tundefinedName"+strconv.Itoa(n)+"()\n")
}

func text(format string) func(int) string {
	return func(n int) string { return strings.ReplaceAll(format, "#", strconv.Itoa(n)) }
}

var edits = []edit{
	{"statement, same lines", first(nil, text(" println(#); "))},
	{"statement, new line", first(nil, text("\n\tprintln(#)\n"))},
	{"statement, somewhere, same lines", somewhere(text(`println("s#"); `))},
	{"statement, somewhere, new lines", somewhere(text("println(#)\n\tif len(\"x\") > # {\n\t\tprintln(\"y\")\n\t}\n\t"))},
	{"statement deleted", deleteStatement},
	{"generic body", first(generic, text("\n\tprintln(#)\n"))},
	{"short body", first(short, text("\n\tprintln(#)\n"))},
	{"short body, same lines, inlinable", first(short, text(" gorun# := #; _ = gorun#; "))},
	{"number in a body", literal(token.INT, true)},
	{"string in a body", literal(token.STRING, true)},
	{"number outside", literal(token.INT, false)},
	{"string outside", literal(token.STRING, false)},
	{"comment in a body", somewhere(text("// comment #\n\t"))},
	{"comment on the line", somewhere(text("/* # */ "))},
	{"comment outside", declare(text("// comment #"))},
	{"blank lines", declare(text(""))},
	{"new function", declare(text("func gorunFunc#(x int) int {\n\tprintln(x)\n\treturn x + #\n}"))},
	{"new exported function", declare(text("func GorunFunc#(x int) int { return x + # }"))},
	{"new function, used", declare(text("func gorunUsed#() { println(#) }\n\nfunc init() { gorunUsed#() }"))},
	{"new init", declare(text("func init() { println(#) }"))},
	{"new type", declare(text("type gorunType# struct{ a, b int }\n\nfunc (t gorunType#) String() string { return \"t#\" }\n\nvar _ interface{ String() string } = gorunType#{}"))},
	{"new constant", declare(text("const gorunConst# = #"))},
	{"new variable", declare(text("var gorunVar# = func() int { return # }()"))},
	{"new generic", declare(text("func gorunGeneric#[T any](x T) T { return x }\n\nvar gorunInst# = gorunGeneric#(#)"))},
	{"new closure", first(nil, text("\n\tfunc() { println(#) }()\n"))},
	{"new closure, deferred, same lines", first(nil, text(" defer func() { println(#) }(); "))},
	{"new local type", first(nil, text("\n\ttype gorunLocal# struct{ x int }\n\tvar gorunAny# any = gorunLocal#{#}\n\t_ = gorunAny#\n"))},
	{"new field", field},
	{"new method", method},
	{"variadic parameter", variadic},
	{"comment in a signature", rename},
	{"does not compile", broken},
}
