package tagexpr

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var errCgoTest = errors.New("use of cgo in test not supported")

// goFile is what the top of a Go file decides.
type goFile struct {
	pkg string
	cgo bool  // imports "C"
	err error // first syntax error up to the end of the imports
}

// parseImports reads package clause and imports. As go/build (readGoInfo), it cuts the file after the imports before it
// parses: what follows them is the compiler's, and an import "C" before it counts however broken that is.
func parseImports(src []byte) goFile {
	src = bytes.TrimPrefix(src, bom)
	header, nul := cutImports(src)
	if nul {
		return goFile{err: errNUL}
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", header, parser.ImportsOnly|parser.SkipObjectResolution)
	var out goFile
	if f != nil {
		out.pkg = f.Name.Name
	}
	if list := (scanner.ErrorList)(nil); errors.As(err, &list) {
		out.err = list[0] // line:column: what
		return out        // go/build takes no import from such a file
	}
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !validImport(p) {
			return goFile{pkg: out.pkg, err: fmt.Errorf("%v: invalid import path: %s", fset.Position(spec.Pos()), p)}
		}
		out.cgo = out.cgo || p == "C"
	}
	return out
}

// validImport is go/build's isValidImport, which the parser leaves out.
func validImport(p string) bool {
	return p != "" && !strings.ContainsFunc(p, func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune("!\"#$%&'()*,:;<=>?[\\]^{|}`\uFFFD", r)
	})
}

// cutImports returns src up to the end of the imports, or the whole of it if they cannot be
// read, and whether a NUL is in the way.
func cutImports(src []byte) (header []byte, nul bool) {
	r := reader{src: src}
	r.keyword("package")
	r.ident()
	for r.next() == 'i' {
		r.keyword("import")
		if r.next() != '(' {
			r.spec()
			continue
		}
		r.i++
		for !r.bad && r.next() != ')' {
			r.spec()
		}
		if !r.bad {
			r.i++
		}
	}
	// The byte that ended the reading has been looked at, too.
	if bytes.IndexByte(src[:min(r.i+1, len(src))], 0) >= 0 {
		return nil, true
	}
	if r.bad {
		return src, false
	}
	return src[:r.i], false
}

// reader goes over the top of a Go file, byte by byte where the go command does, so that it stops where that stops.
type reader struct {
	src []byte
	i   int
	bad bool // a syntax error; nothing is read any more
}

// peek returns the byte at hand, 0 at the end and after an error.
func (r *reader) peek() byte {
	if r.bad || r.i >= len(r.src) {
		return 0
	}
	return r.src[r.i]
}

// next returns the first byte after space and comments.
func (r *reader) next() byte {
	if !r.bad {
		n, ok := skipSpace(r.src[r.i:])
		r.i += n
		r.bad = !ok
	}
	return r.peek()
}

func (r *reader) keyword(word string) {
	r.next()
	for i := range len(word) {
		if r.peek() != word[i] {
			r.bad = true
			return
		}
		r.i++
	}
	r.bad = isIdent(r.peek())
}

func (r *reader) ident() {
	if !isIdent(r.next()) {
		r.bad = true
	}
	for isIdent(r.peek()) {
		r.i++
	}
}

// spec reads a string, after a name or dot if there is one.
func (r *reader) spec() {
	if c := r.next(); c == '.' {
		r.i++
	} else if isIdent(c) {
		r.ident()
	}
	quote := r.next()
	if quote != '"' && quote != '`' {
		r.bad = true
		return
	}
	for r.i++; r.i < len(r.src); r.i++ {
		switch c := r.src[r.i]; {
		case c == quote:
			r.i++
			return
		case c == 0, c == '\n' && quote == '"':
			r.bad = true
			return
		case c == '\\' && quote == '"':
			r.i++
		}
	}
	r.bad = true
}

func isIdent(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c >= utf8.RuneSelf
}
