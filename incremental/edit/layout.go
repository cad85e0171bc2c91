package edit

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// A twin of a source file is the same tokens in another place: those that an older version of
// the file has, too, stand on the line and in the column where they stood there, those that are
// new are squeezed in between. Compiled, it shows whether importers of the package see anything
// but moved lines: if they do not, its export data are byte for byte the old ones.
//
// Not chosen: taking positions out of export data before comparing them, or patching them in:
// that needs a reader of a format which may change with every release, and where a mistake makes a
// wrong program; a mistake in a twin makes it useless, no more. Nor a //line directive after each
// edit: it names lines, but export data hold columns, too, which such a directive removes.
//
// A twin that could not be laid out, or that turns out to differ, costs a compile and nothing else: the importers
// are compiled then. That it is the same tokens is checked, not assumed.

// A Layout is a file laid out as an older version.
type Layout struct {
	Text []byte
	// Free: the two versions are the same tokens, so the older text itself is the twin.
	Free bool
	// Moved: a declaration is elsewhere than it was, so that export data can differ in positions.
	Moved bool
	// Declared: tokens of declarations came or went, other than in function bodies and imports.
	Declared bool
	// Generic: tokens in the body of a generic function came or went; export data hold that body.
	Generic bool
}

// A lexeme is a token and where it stands.
type lexeme struct {
	tok       token.Token
	text      string // as written; "" for semicolons, whether written or implied
	offset    int
	line, col int // col in bytes, from 1
}

// lexemes scans src. Comments are left out, but for those that the compiler reads. The result
// is false when src does not scan, or has //line directives, which make positions mean
// something else.
func lexemes(src []byte) ([]lexeme, bool) {
	var s scanner.Scanner
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(src))
	ok := true
	s.Init(file, src, func(token.Position, string) { ok = false }, scanner.ScanComments)
	var list []lexeme
	lines := []int{0} // offsets of lines; the scanner's own would follow //line
	for i, b := range src {
		if b == '\n' {
			lines = append(lines, i+1)
		}
	}
	line := 0
	for {
		pos, t, lit := s.Scan()
		if t == token.EOF {
			return list, ok
		}
		off := file.Offset(pos)
		if t == token.COMMENT {
			if strings.HasPrefix(lit, "//line ") || strings.HasPrefix(lit, "/*line ") {
				return nil, false
			}
			if !pragma(lit) {
				continue
			}
		}
		for line+1 < len(lines) && lines[line+1] <= off {
			line++
		}
		l := lexeme{tok: t, offset: off, line: line + 1, col: off - lines[line] + 1}
		switch {
		case t == token.SEMICOLON:
		case t == token.STRING && src[off] == '`':
			// The scanner drops carriage returns, which the file has.
			n := bytes.IndexByte(src[off+1:], '`')
			if n < 0 {
				return nil, false
			}
			l.text = string(src[off : off+n+2])
		case lit != "":
			l.text = lit
		default:
			l.text = t.String()
		}
		list = append(list, l)
	}
}

func sameLexeme(a, b lexeme) bool { return a.tok == b.tok && a.text == b.text }

// LayOut lays the file now out as old. It returns false when that cannot be done.
func LayOut(old, now []byte) (Layout, bool) {
	a, ok := lexemes(old)
	if !ok {
		return Layout{}, false
	}
	b, ok := lexemes(now)
	if !ok {
		return Layout{}, false
	}
	if slices.EqualFunc(a, b, sameLexeme) {
		return Layout{Text: old, Free: true, Moved: true}, true
	}
	match, ok := pairs(a, b)
	if !ok {
		return Layout{}, false
	}
	var l Layout
	if l.Text, ok = squeeze(a, b, match); !ok {
		return Layout{}, false
	}
	// The proof of the layout, not of its use: the same tokens.
	c, ok := lexemes(l.Text)
	if !ok || !slices.EqualFunc(b, c, sameLexeme) {
		return Layout{}, false
	}
	fresh, ok := bodiesOf(now)
	if !ok {
		return Layout{}, false
	}
	gone, ok := bodiesOf(old)
	if !ok {
		return Layout{}, false
	}
	matched := make([]bool, len(a))
	for i, m := range match {
		in, generic := fresh.at(b[i].offset)
		switch {
		case m < 0 && !in:
			l.Declared = true
		case m < 0 && generic:
			l.Generic = true
		case m >= 0 && !in && b[i].tok != token.SEMICOLON && (a[m].line != b[i].line || a[m].col != b[i].col):
			l.Moved = true
		}
		if m >= 0 {
			matched[m] = true
		}
	}
	for i, k := range matched {
		if in, generic := gone.at(a[i].offset); !k && !in {
			l.Declared = true
		} else if !k && generic {
			l.Generic = true
		}
	}
	return l, true
}

// squeeze writes the tokens b, each that match pairs with one of a at that one's place, or as
// soon after as there is room.
func squeeze(a, b []lexeme, match []int) ([]byte, bool) {
	var out bytes.Buffer
	line, col := 1, 1
	semicolon := false   // one has to be written before the next token
	last := -1           // the pair of the last token written, if it stands at its place
	ends := false        // a newline here would imply a semicolon
	afterPragma := false // only a newline may follow
	newline := func() { out.WriteByte('\n'); line, col = line+1, 1 }
	for i, x := range b {
		if x.tok == token.SEMICOLON {
			if semicolon {
				out.WriteString(";") // an empty statement
				col++
			}
			semicolon = true
			last = -1
			if m := match[i]; m >= 0 {
				last = m
			}
			continue
		}
		if semicolon {
			out.WriteString(";")
			col++
			semicolon, ends = false, false
		}
		m := match[i]
		if afterPragma {
			newline()
			afterPragma, ends, last = false, false, -1
		}
		if m >= 0 && !ends {
			for line < a[m].line {
				newline()
			}
		}
		isPragma := x.tok == token.COMMENT
		if isPragma && col > 1 && (m < 0 || line != a[m].line) {
			if ends {
				return nil, false
			}
			newline()
		}
		adjacent := m > 0 && last == m-1
		switch {
		case m >= 0 && line == a[m].line && (col < a[m].col || col == a[m].col && (adjacent || col == 1)):
			for col < a[m].col {
				out.WriteByte(' ')
				col++
			}
			last = m
		default:
			if col > 1 {
				out.WriteByte(' ')
				col++
			}
			last = -1
		}
		out.WriteString(x.text)
		if n := strings.Count(x.text, "\n"); n > 0 {
			line += n
			col = len(x.text) - strings.LastIndexByte(x.text, '\n')
		} else {
			col += len(x.text)
		}
		ends, afterPragma = impliesSemicolon(x.tok), isPragma
	}
	if semicolon {
		out.WriteString(";")
	}
	out.WriteByte('\n')
	return out.Bytes(), true
}

// impliesSemicolon reports whether a newline after the token is a semicolon (the Go specification, Semicolons).
func impliesSemicolon(t token.Token) bool {
	switch t {
	case token.IDENT, token.INT, token.FLOAT, token.IMAG, token.CHAR, token.STRING, token.BREAK, token.CONTINUE,
		token.FALLTHROUGH, token.RETURN, token.INC, token.DEC, token.RPAREN, token.RBRACK, token.RBRACE:
		return true
	}
	return false
}

// alignLimit bounds the work of align: tokens that may differ between two versions of a file.
// Beyond it a rewritten file has no twin, which would be of no use either.
const alignLimit = 1500

// align pairs each thing of b with one of a, in order, by a shortest edit script (Myers 1986);
// -1 is one that a has not.
func align[T any](a, b []T, same func(x, y T) bool) ([]int, bool) {
	match := make([]int, len(b))
	for i := range match {
		match[i] = -1
	}
	lo := 0
	for lo < len(a) && lo < len(b) && same(a[lo], b[lo]) {
		match[lo] = lo
		lo++
	}
	ha, hb := len(a), len(b)
	for ha > lo && hb > lo && same(a[ha-1], b[hb-1]) {
		ha, hb = ha-1, hb-1
		match[hb] = ha
	}
	x, y := a[lo:ha], b[lo:hb]
	if len(x) == 0 || len(y) == 0 {
		return match, true
	}
	n, m := len(x), len(y)
	var trace [][]int32
	v := make([]int32, 2*(n+m)+3)
	mid := n + m + 1
	for d := 0; d <= n+m; d++ {
		if d > alignLimit {
			return nil, false
		}
		// Of v only the diagonals -d…d are in use.
		trace = append(trace, slices.Clone(v[mid-d-1:mid+d+2]))
		for k := -d; k <= d; k += 2 {
			var i int
			if k == -d || k != d && v[mid+k-1] < v[mid+k+1] {
				i = int(v[mid+k+1])
			} else {
				i = int(v[mid+k-1]) + 1
			}
			j := i - k
			for i < n && j < m && same(x[i], y[j]) {
				i, j = i+1, j+1
			}
			v[mid+k] = int32(i)
			if i >= n && j >= m {
				backtrack(trace, d, n, m, func(i, j int) { match[lo+j] = lo + i })
				return match, true
			}
		}
	}
	return match, true
}

// backtrack walks the edit script of align from its end and calls pair for each common token.
func backtrack(trace [][]int32, d, i, j int, pair func(i, j int)) {
	for ; d >= 0; d-- {
		v := trace[d]
		at := func(k int) int { return int(v[k+d+1]) }
		k := i - j
		var prev int
		if k == -d || k != d && at(k-1) < at(k+1) {
			prev = k + 1
		} else {
			prev = k - 1
		}
		pi := at(prev)
		pj := pi - prev
		if d == 0 {
			pi, pj = 0, 0
		}
		for i > pi && j > pj {
			i, j = i-1, j-1
			pair(i, j)
		}
		i, j = pi, pj
	}
}

// spans are the parts of a file that declare nothing, the bodies of functions and the imports, in order.
type spans []span

type span struct {
	from, to int
	generic  bool
}

func bodiesOf(src []byte) (spans, bool) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, false
	}
	var s spans
	for _, d := range f.Decls {
		add := func(from, to token.Pos, generic bool) {
			s = append(s, span{fset.PositionFor(from, false).Offset, fset.PositionFor(to, false).Offset, generic})
		}
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				add(d.Body.Lbrace, d.Body.Rbrace, isGeneric(d))
			}
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				add(d.TokPos-1, d.End(), false) // with the semicolon
			}
		}
	}
	return s, true
}

// at reports whether the offset lies in one of the spans, and in the body of a generic function.
func (s spans) at(offset int) (in, generic bool) {
	i, _ := slices.BinarySearchFunc(s, offset, func(x span, off int) int {
		if x.to < off {
			return -1
		}
		return 1
	})
	if i < len(s) && s[i].from < offset && offset <= s[i].to {
		return true, s[i].generic
	}
	return false, false
}

// isGeneric reports whether a function, or the type that it is a method of, has type parameters.
func isGeneric(fn *ast.FuncDecl) bool {
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
