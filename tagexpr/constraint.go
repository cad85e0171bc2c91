package tagexpr

import (
	"bytes"
	"errors"
	"fmt"
	"go/build/constraint"
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
)

// parseHeader finds the constraint of a file, nil if it has none. A //go:build line counts
// anywhere in the comments before the first other text, but not inside /* */; it makes every +build
// line void. Without one, all // +build lines together count that stand in the leading
// run of // comments and blank lines and have a blank line after them, so that a package's doc
// comment is none. A // +build line that does not parse is no constraint (go/build's
// shouldBuild).
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
// comment (go/build's readComments). The cut matters: a // +build line right before an indented line of assembly has a
// blank line after it then. Not ok: a comment without end, a lone slash, a NUL.
func leadingComments(src []byte) (header []byte, ok bool) {
	src = bytes.TrimPrefix(src, bom)
	n, ok := skipSpace(src)
	return src[:n], ok
}

// skipSpace returns how much of src is space and comments. A semicolon is space to go/build. If
// not ok, src[n] is the byte that cannot be, or n is the length of src.
func skipSpace(src []byte) (n int, ok bool) {
	for n < len(src) {
		switch rest := src[n:]; rest[0] {
		case ' ', '\f', '\t', '\r', '\n', ';':
			n++
		case '/':
			length := 0
			switch {
			case bytes.HasPrefix(rest, slashSlash):
				if length = bytes.IndexByte(rest, '\n'); length < 0 {
					length = len(rest)
				}
			case bytes.HasPrefix(rest, slashStar):
				end := bytes.Index(rest[len(slashStar):], starSlash)
				if end < 0 {
					return len(src), false
				}
				length = len(slashStar) + end + len(starSlash)
			default:
				return min(n+1, len(src)), false
			}
			if nul := bytes.IndexByte(rest[:length], 0); nul >= 0 {
				return n + nul, false
			}
			n += length
		case 0:
			return n, false
		default:
			return n, true
		}
	}
	return n, true
}
