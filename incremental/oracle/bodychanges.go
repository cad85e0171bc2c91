package oracle

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"math/rand/v2"
	"strconv"
	"strings"
)

// What the edits of bodies and of literals are made of.

// A rewrite returns the changed text of a file; nil where there is no place for it.
type rewrite = func(r *rand.Rand, f *file, n int) []byte

// head puts text after the package clause.
func head(text func(n int) string) rewrite {
	return func(r *rand.Rand, f *file, n int) []byte {
		return f.insert(f.lineEnd(f.offset(f.ast.Name.End())), "\n\n"+text(n))
	}
}

// first puts text at the beginning of the body of a random function.
func first(keep func(*ast.FuncDecl) bool, text func(n int) string) rewrite {
	return func(r *rand.Rand, f *file, n int) []byte {
		fn, ok := pick(r, f.bodies(keep))
		if !ok {
			return nil
		}
		return f.insert(f.offset(fn.Body.Lbrace)+1, text(n))
	}
}

// somewhere puts text before a random statement of a body.
func somewhere(keep func(*ast.FuncDecl) bool, text func(n int) string) rewrite {
	return func(r *rand.Rand, f *file, n int) []byte {
		s, ok := pick(r, f.statements(keep))
		if !ok {
			return nil
		}
		return f.insert(f.offset(s.Pos()), text(n))
	}
}

// twice has a random statement done twice.
func twice(keep func(*ast.FuncDecl) bool) rewrite {
	return func(r *rand.Rand, f *file, n int) []byte {
		s, ok := pick(r, f.simple(keep))
		if !ok {
			return nil
		}
		from, to := f.offset(s.Pos()), f.offset(s.End())
		return f.insert(to, "; "+string(f.src[from:to]))
	}
}

func deleteStatement(keep func(*ast.FuncDecl) bool, line bool) rewrite {
	return func(r *rand.Rand, f *file, n int) []byte {
		s, ok := pick(r, f.simple(keep))
		if !ok {
			return nil
		}
		from, to := f.offset(s.Pos()), f.offset(s.End())
		start, end := bytes.LastIndexByte(f.src[:from], '\n')+1, f.lineEnd(to)
		alone := len(bytes.TrimSpace(f.src[start:from]))+len(bytes.TrimSpace(f.src[to:end])) == 0
		if line && alone && end < len(f.src) {
			from, to = start, end+1
		}
		return f.splice(from, to, "")
	}
}

func isBlank(line string) bool { return line == "" }
func isComment(line string) bool {
	return strings.HasPrefix(line, "// ")
}

// joinLines takes a random line away.
func joinLines(keep func(line string) bool) rewrite {
	return func(r *rand.Rand, f *file, n int) []byte {
		at, ok := pick(r, f.lines(keep))
		if !ok {
			return nil
		}
		return f.splice(at, f.lineEnd(at)+1, "")
	}
}

// Where a literal stands.
type place int

const (
	inBody place = iota
	inConst
	inVar
)

// literals returns the literals of a token at a place.
func (f *file) literals(kind token.Token, where place) []*ast.BasicLit {
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
	switch where {
	case inBody:
		for _, fn := range f.bodies(nil) {
			collect(fn.Body)
		}
	case inConst, inVar:
		t := token.CONST
		if where == inVar {
			t = token.VAR
		}
		for _, d := range f.decls(t) {
			collect(d)
		}
	}
	return list
}

func literal(kind token.Token, where place) rewrite {
	return func(r *rand.Rand, f *file, n int) []byte {
		l, ok := pick(r, f.literals(kind, where))
		if !ok {
			return nil
		}
		text := strconv.Itoa(n%90 + 1)
		if text == l.Value {
			text = "91"
		}
		if kind == token.STRING {
			s, err := strconv.Unquote(l.Value)
			if err != nil || strings.Contains(l.Value, "\n") {
				return nil
			}
			text = strconv.Quote(s + "-" + strconv.Itoa(n))
		}
		return f.splice(f.offset(l.Pos()), f.offset(l.End()), text)
	}
}

// operators that most operands of the one have, too.
var operators = map[token.Token]string{
	token.ADD: "-", token.SUB: "+", token.MUL: "+", token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">",
	token.EQL: "!=", token.NEQ: "==", token.LAND: "||", token.LOR: "&&", token.AND: "|", token.OR: "&",
}

func operator(r *rand.Rand, f *file, n int) []byte {
	var list []*ast.BinaryExpr
	for _, e := range expressions[*ast.BinaryExpr](f) {
		if operators[e.Op] != "" {
			list = append(list, e)
		}
	}
	e, ok := pick(r, list)
	if !ok {
		return nil
	}
	at := f.offset(e.OpPos)
	return f.splice(at, at+len(e.Op.String()), operators[e.Op])
}

func condition(r *rand.Rand, f *file, n int) []byte {
	s, ok := pick(r, expressions[*ast.IfStmt](f))
	if !ok {
		return nil
	}
	from, to := f.offset(s.Cond.Pos()), f.offset(s.Cond.End())
	return f.splice(from, to, fmt.Sprintf("(%s) && len(%q) > 0", f.src[from:to], strconv.Itoa(n)))
}
