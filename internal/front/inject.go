package front

import (
	"bytes"
	"strings"
)

// Where the script goes into a document: right after the tag of its head, or before the
// first thing that is not part of what may come before a head. Nothing is held back but
// the beginning of a word that decides.
//
// Rejected: before </body> (a streaming page has none for long, a script may have the words
// in a string), and a parser of HTML (what comes before the head is simple).

// An injector puts a tag into a document that comes in parts.
type injector struct {
	tag  []byte
	held []byte // the beginning of what decides
	done bool
}

// edit is handed parts of the document, and returns what of it is to be sent.
func (in *injector) edit(part []byte, end bool) []byte {
	if in.done {
		return part
	}
	in.held = append(in.held, part...)
	var out []byte
	for !in.done {
		n, found := beforeHead(in.held)
		out = append(out, in.held[:n]...)
		in.held = in.held[n:]
		switch {
		case found || n == 0 && end:
			in.done = true
		case n == 0:
			return out
		}
	}
	out = append(append(out, in.tag...), in.held...)
	in.held = nil
	return out
}

// beforeHead says how much at the beginning of b stands before the place for the script; 0
// and false if there must be more to tell. At is true if the place is after these n bytes.
func beforeHead(b []byte) (n int, at bool) {
	rest := bytes.TrimLeft(b, " \t\r\n\f\ufeff")
	if n = len(b) - len(rest); n > 0 {
		return n, false
	}
	switch {
	case len(b) == 0:
		return 0, false
	case b[0] != '<':
		return 0, b[0] != 0xef || len(b) >= 3 // perhaps a byte order mark that is cut
	case begins(b, "<!--"):
		if end := bytes.Index(b[4:], []byte("-->")); end >= 0 {
			return 4 + end + 3, false
		}
		return 0, false
	case begins(b, "<!doctype"), isTag(b, "<html"):
		return tagEnd(b), false
	case isTag(b, "<head"):
		n = tagEnd(b)
		return n, n > 0
	}
	for _, word := range []string{"<!--", "<!doctype", "<html ", "<head "} {
		if len(b) < len(word) && begins([]byte(word), string(b)) {
			return 0, false // too short to tell
		}
	}
	return 0, true
}

func begins(b []byte, word string) bool {
	return len(b) >= len(word) && strings.EqualFold(string(b[:len(word)]), word)
}

// isTag reports whether b begins with a tag of that name.
func isTag(b []byte, name string) bool {
	return begins(b, name) && len(b) > len(name) && strings.IndexByte(" \t\r\n\f/>", b[len(name)]) >= 0
}

// tagEnd is where a tag ends, 0 if it does not.
func tagEnd(b []byte) int {
	var quote byte
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return 0
}
