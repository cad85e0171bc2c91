package console

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// A file name, a package name, a compiler's or a hook's line can hold bytes that a terminal takes for
// orders: clear the screen, another title, text that is not shown. On its way to a terminal each such
// byte becomes visible, as Go writes it in a string. Files and pipes get the bytes of other tools as they
// are.

// escape makes the control characters of text visible, but for newlines and tabs. Colours (SGR) stay where
// colours is true.
func escape(text []byte, colours bool) []byte {
	if !bytes.ContainsFunc(text, isControl) && utf8.Valid(text) {
		return text
	}
	var b []byte
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch sgr := colourLen(text); {
		case colours && sgr > 0:
			n = sgr
			b = append(b, text[:n]...)
		case r == utf8.RuneError && n == 1:
			b = fmt.Appendf(b, `\x%02x`, text[0])
		case !isControl(r), r == '\r' && bytes.HasPrefix(text, []byte("\r\n")):
			b = append(b, text[:n]...)
		case r < 0x80:
			b = fmt.Appendf(b, `\x%02x`, r)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
		text = text[n:]
	}
	return b
}

// isControl reports whether a terminal may take r for an order: the controls of ASCII and Latin-1, and the
// marks that change the direction of what follows, with which a name can show as another one.
func isControl(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

// colourLen is the length of the colour sequence (ESC [ digits and semicolons m) that text begins with, 0
// if it begins with none.
func colourLen(text []byte) int {
	if !bytes.HasPrefix(text, []byte("\x1b[")) {
		return 0
	}
	for i := 2; i < len(text); i++ {
		switch c := text[i]; {
		case c == 'm':
			return i + 1
		case c != ';' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

// Visible returns a line of a program's as a terminal may get it: with colours, and without
// other orders.
func Visible(line []byte) []byte { return escape(line, true) }
