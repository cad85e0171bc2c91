package oracle

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"math/rand/v2"
	"strconv"
)

// What the edits of declarations, imports and directives are made of.

// declare puts text after a random declaration.
func declare(text func(n int) string) rewrite {
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
		return f.insert(f.lineEnd(f.offset(d.End())), "\n\n"+text(n)+"\n")
	}
}

func method(r *rand.Rand, f *file, n int) []byte {
	fn, ok := pick(r, f.bodies(func(fn *ast.FuncDecl) bool { return fn.Recv != nil }))
	if !ok {
		return nil
	}
	recv := string(f.src[f.offset(fn.Recv.Opening):f.offset(fn.Recv.Closing)])
	return f.insert(f.offset(fn.End()), fmt.Sprintf("\n\nfunc %s) gorunMethod%d() int { return %d }\n", recv, n, n))
}

// calledByName reports whether a function's signature may be changed: the language demands those of main and init.
func calledByName(fn *ast.FuncDecl) bool { return fn.Name.Name != "main" && fn.Name.Name != "init" }

func variadic(r *rand.Rand, f *file, n int) []byte {
	fn, ok := pick(r, f.bodies(func(fn *ast.FuncDecl) bool {
		p := fn.Type.Params.List
		if !calledByName(fn) || len(p) > 0 && len(p[0].Names) == 0 {
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
	text := "_ ...int"
	if len(fn.Type.Params.List) > 0 {
		text = ", " + text
	}
	return f.insert(f.offset(fn.Type.Params.Closing), text)
}

func nameResults(r *rand.Rand, f *file, n int) []byte {
	fn, ok := pick(r, f.bodies(func(fn *ast.FuncDecl) bool {
		results := fn.Type.Results
		return results.NumFields() == 1 && len(results.List[0].Names) == 0 && !results.Opening.IsValid()
	}))
	if !ok {
		return nil
	}
	from, to := f.offset(fn.Type.Results.Pos()), f.offset(fn.Type.Results.End())
	return f.splice(from, to, fmt.Sprintf("(gorunResult%d %s)", n, f.src[from:to]))
}

// moreResults gives a result to a function that has none and is left at its end only.
func moreResults(r *rand.Rand, f *file, n int) []byte {
	fn, ok := pick(r, f.bodies(func(fn *ast.FuncDecl) bool {
		leaves := false
		ast.Inspect(fn.Body, func(x ast.Node) bool {
			_, ret := x.(*ast.ReturnStmt)
			leaves = leaves || ret
			return true
		})
		return calledByName(fn) && fn.Type.Results.NumFields() == 0 && !leaves
	}))
	if !ok {
		return nil
	}
	src := f.insert(f.offset(fn.Body.Rbrace), fmt.Sprintf("; return %d ", n))
	at := f.offset(fn.Type.Params.Closing) + 1
	return []byte(string(src[:at]) + " int " + string(src[at:]))
}

func signatureComment(r *rand.Rand, f *file, n int) []byte {
	fn, ok := pick(r, f.bodies(nil))
	if !ok {
		return nil
	}
	return f.insert(f.offset(fn.Type.Params.Closing)+1, " /* "+strconv.Itoa(n)+" */ ")
}

// shiftIota puts a constant into a list of them, so that those below are other numbers.
func shiftIota(r *rand.Rand, f *file, n int) []byte {
	var list []*ast.ValueSpec
	for _, g := range f.decls(token.CONST) {
		for i, s := range g.Specs {
			if v := s.(*ast.ValueSpec); i > 0 && len(v.Values) == 0 {
				list = append(list, v)
			}
		}
	}
	s, ok := pick(r, list)
	if !ok {
		return nil
	}
	return f.insert(f.offset(s.Pos()), fmt.Sprintf("gorunIota%d\n\t", n))
}

func field(r *rand.Rand, f *file, n int) []byte {
	t, ok := pick(r, f.structs())
	if !ok {
		return nil
	}
	return f.insert(f.offset(t.Fields.Closing), fmt.Sprintf("\n\tgorunField%d int\n", n))
}

func fieldTag(r *rand.Rand, f *file, n int) []byte {
	var list []*ast.Field
	for _, t := range f.structs() {
		for _, x := range t.Fields.List {
			if x.Tag == nil {
				list = append(list, x)
			}
		}
	}
	x, ok := pick(r, list)
	if !ok {
		return nil
	}
	return f.insert(f.offset(x.Type.End()), fmt.Sprintf(" `gorun:\"%d\"`", n))
}

// printPosition has a short function print where its caller's code and its own say that they
// are: what a twin leaves inexact.
func printPosition(lines bool) rewrite {
	return func(r *rand.Rand, f *file, n int) []byte {
		fn, ok := pick(r, f.bodies(short))
		if !ok {
			return nil
		}
		// In a function of its own, because a call of this one is cheap enough for the short one to be inlined still.
		name := "gorunPosition" + strconv.Itoa(n)
		src := string(f.src) + "\n\n//go:noinline\nfunc " + name + "() {\n\tfor i := range 3 {\n" +
			"\t\t_, file, line, _ := gorunRuntime" + strconv.Itoa(n) +
			".Caller(i)\n\t\tprintln(file + \":\", line)\n\t}\n}\n"
		text := " " + name + "(); "
		if lines {
			text = "\n\n\t" + name + "()\n"
		}
		at := f.offset(fn.Body.Lbrace) + 1
		src = src[:at] + text + src[at:]
		at = f.lineEnd(f.offset(f.ast.Name.End()))
		return []byte(src[:at] + "; import gorunRuntime" + strconv.Itoa(n) + ` "runtime"` + src[at:])
	}
}

func noinline(r *rand.Rand, f *file, n int) []byte {
	fn, ok := pick(r, f.bodies(short))
	if !ok {
		return nil
	}
	at := f.offset(fn.Pos())
	if fn.Doc != nil && bytes.Contains(f.src[f.offset(fn.Doc.Pos()):at], []byte("//go:noinline")) {
		return nil
	}
	return f.insert(at, "//go:noinline\n")
}

// uses are packages, each with something of it to refer to.
var uses = map[string]string{
	"errors": "New", "fmt": "Sprint", "os": "Getenv", "sort": "Ints", "strconv": "Itoa", "strings": "ToUpper",
}

func addImport(r *rand.Rand, f *file, n int) []byte {
	path, _ := pick(r, []string{"errors", "fmt", "os", "sort", "strconv", "strings"})
	src := head(fill(fmt.Sprintf("import gorunImport# %q", path)))(r, f, n)
	return fmt.Appendf(src, "\nvar _ = gorunImport%d.%s\n", n, uses[path])
}

// constrain puts a constraint that holds before the package clause.
func constrain(r *rand.Rand, f *file, n int) []byte {
	if bytes.Contains(f.src, []byte("//go:build")) {
		return nil
	}
	return []byte(fmt.Sprintf("//go:build !gorun%d\n\n", n) + string(f.src))
}
