package tagexpr

import (
	"bytes"
	"errors"
	"fmt"
	"go/build/constraint"
	"go/parser"
	"go/scanner"
	"go/token"
	"strconv"
)

var (
	bom        = []byte("\xef\xbb\xbf")
	slashSlash = []byte("//")
	slashStar  = []byte("/*")
	starSlash  = []byte("*/")
)

var (
	errMultipleGoBuild = errors.New("multiple //go:build comments")
	errNUL             = errors.New("unexpected NUL in input")
	errCgoTest         = errors.New("use of cgo in test not supported")
)

// parseHeader finds the constraint of a file, nil if it has none. A //go:build line counts anywhere in the comments before
// the first other text, but not inside /* */; it makes every // +build line void. Without one, all // +build lines together
// count that stand in the leading run of // comments and blank lines and have a blank line after them, so that
// a package's doc comment is none. A // +build line that does not parse is no constraint (go/build's shouldBuild).
func parseHeader(src []byte) (constraint.Expr, error) {
	src = bytes.TrimPrefix(src, bom)
	var goBuild, plusBuild []byte // the line; all that // +build lines may stand in
	inRun := true                 // still in the leading run of // comments and blank lines
	inStar := false               // inside /* */
	for rest := src; len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			if inRun {
				plusBuild = src[:len(src)-len(rest)]
			}
			continue
		}
		if !bytes.HasPrefix(line, slashSlash) {
			inRun = false
		}
		if !inStar && constraint.IsGoBuild(string(line)) {
			if goBuild != nil {
				return nil, errMultipleGoBuild
			}
			goBuild = line
		}
		var text bool
		if inStar, text = skipComments(line, inStar); text {
			break
		}
	}
	if goBuild == nil {
		return parsePlusBuild(plusBuild), nil
	}
	x, err := constraint.Parse(string(goBuild))
	if err != nil {
		return nil, fmt.Errorf("parsing //go:build line: %w", err)
	}
	return x, nil
}

// skipComments goes over one line that begins inside a /* */ comment or not, and reports whether the next one
// does, and whether the line has other text than comments.
func skipComments(line []byte, inStar bool) (stillIn, text bool) {
	for len(line) > 0 {
		switch {
		case inStar:
			_, after, ok := bytes.Cut(line, starSlash)
			if !ok {
				return true, false
			}
			inStar = false
			line = bytes.TrimSpace(after)
		case bytes.HasPrefix(line, slashSlash):
			return false, false
		case bytes.HasPrefix(line, slashStar):
			inStar = true
			line = bytes.TrimSpace(line[len(slashStar):])
		default:
			return false, true
		}
	}
	return inStar, false
}

// parsePlusBuild joins the // +build lines of run, nil if there is none.
func parsePlusBuild(run []byte) constraint.Expr {
	var all constraint.Expr
	for line := range bytes.Lines(run) {
		text := string(bytes.TrimSpace(line))
		if !constraint.IsPlusBuild(text) {
			continue
		}
		x, err := constraint.Parse(text)
		if err != nil {
			continue
		}
		if all == nil {
			all = x
		} else {
			all = &constraint.AndExpr{X: all, Y: x}
		}
	}
	return all
}

// leadingComments cuts src, in another language than Go, at the first byte that is neither space nor in a // or /* */
// comment (go/build's readComments, to which a semicolon is space). The cut matters: a // +build line right before an
// indented line of assembly has a blank line after it then. Not ok: a comment without end, a lone slash, a NUL.
func leadingComments(src []byte) (header []byte, ok bool) {
	src = bytes.TrimPrefix(src, bom)
	for i := 0; i < len(src); {
		n := 1
		switch rest := src[i:]; rest[0] {
		case ' ', '\f', '\t', '\r', '\n', ';':
		case '/':
			switch {
			case bytes.HasPrefix(rest, slashSlash):
				if n = bytes.IndexByte(rest, '\n'); n < 0 {
					n = len(rest)
				}
			case bytes.HasPrefix(rest, slashStar):
				end := bytes.Index(rest[len(slashStar):], starSlash)
				if end < 0 {
					return nil, false
				}
				n = len(slashStar) + end + len(starSlash)
			default:
				return nil, false
			}
			if bytes.IndexByte(rest[:n], 0) >= 0 {
				return nil, false
			}
		case 0:
			return nil, false
		default:
			return src[:i], true
		}
		i += n
	}
	return src, true
}

// goFile is what the top of a Go file decides.
type goFile struct {
	pkg string
	cgo bool  // imports "C"
	err error // first syntax error up to the end of the imports
}

func parseImports(name string, src []byte) goFile {
	f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly|parser.SkipObjectResolution)
	var out goFile
	if f != nil {
		if f.Name != nil {
			out.pkg = f.Name.Name
		}
		for _, spec := range f.Imports {
			if p, err := strconv.Unquote(spec.Path.Value); err == nil && p == "C" {
				out.cgo = true
			}
		}
	}
	if list := (scanner.ErrorList)(nil); errors.As(err, &list) && len(list) > 0 {
		out.err = fmt.Errorf("%d:%d: %s", list[0].Pos.Line, list[0].Pos.Column, list[0].Msg)
		for _, e := range list {
			if e.Msg == "illegal character NUL" {
				out.err = errNUL // go/build looks for it before it parses
			}
		}
	}
	return out
}
