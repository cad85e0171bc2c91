package event

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Reading what the go command says of a build that failed.
//
// Rejected: `go build -json` (the words come in the same shape, one JSON string a
// line, and go run, which builds here, has no such flag), and compiling once more
// with go/types (other words, and seconds).
//
// What the words look like is nowhere promised; testdata holds what Go 1.26 said
// of faults of every kind.

// position is how the compiler, the assembler, cgo and the go command begin an
// error: file:line: or file:line:column:. Most starts have no use for it.
var position = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\t?)(.+?):(\d+)(?::(\d+))?: (.+)$`)
})

// ParseErrors splits what the go command said while it ran in dir into errors at a
// place in a file, and the rest. Lines that go with an error (indented, as other
// declarations and notes are) become lines of its message.
func ParseErrors(output []byte, dir string) (errs []Error, rest string) {
	var other strings.Builder
	open := false // the next indented line goes with the last error
	for line := range strings.Lines(string(output)) {
		text := strings.TrimRight(line, "\r\n")
		e, indented, ok := parseError(text, dir)
		switch {
		case open && (indented || goesOn(text) || ok && strings.HasPrefix(e.Message, "note: ")):
			last := &errs[len(errs)-1]
			last.Message += "\n" + strings.TrimPrefix(text, "\t")
		case ok && e.Message == "too many errors":
			// At the place of the last one shown: it is none of its own.
			open = false
			other.WriteString(text + "\n")
		case ok:
			errs = append(errs, e)
			open = true
		case strings.HasPrefix(text, "# "):
			open = false // the package's name; the errors name files of it
		default:
			open = false
			other.WriteString(text + "\n")
		}
	}
	return errs, strings.TrimRight(other.String(), "\n")
}

// goesOn reports whether a line is indented, as those that go with an error are.
func goesOn(text string) bool { return strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "   ") }

func parseError(text, dir string) (e Error, indented, ok bool) {
	m := position().FindStringSubmatch(text)
	if m == nil {
		return e, false, false
	}
	file := m[2]
	// Neither "go: lookup proxy:8080: refused" nor the time in a log line: every
	// file that is compiled has an ending.
	if strings.Contains(file, ": ") || strings.Contains(file, "://") ||
		filepath.Ext(file) == "" || strings.HasPrefix(file, "<") {
		return e, false, false
	}
	line, err := strconv.Atoi(m[3])
	if err != nil {
		return e, false, false
	}
	column, _ := strconv.Atoi(m[4])
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	return Error{File: file, Line: line, Column: column, Message: m[5]}, m[1] != "", true
}
