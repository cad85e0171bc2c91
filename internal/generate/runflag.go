package generate

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// anyOf is a regular expression that matches each of the texts as a whole, and
// nothing else that is in valid UTF-8.
func anyOf(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quote(text)
	}
	return "^(?:" + strings.Join(quoted, "|") + ")$"
}

// quote is regexp.QuoteMeta for text that may hold what an expression on a command
// line may not: NUL, and bytes that are no UTF-8, for which it has any character.
func quote(text string) string {
	if utf8.ValidString(text) && !strings.Contains(text, "\x00") {
		return regexp.QuoteMeta(text)
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString("(?s:.)")
		case r == 0:
			b.WriteString(`\x00`)
		default:
			b.WriteString(regexp.QuoteMeta(text[i : i+n]))
		}
		i += n
	}
	return b.String()
}

// runFlag is the regular expression that selects the directive, and the -command
// lines of its file, which count only if they are selected.
func (d *Directive) runFlag() string {
	return "-run=" + anyOf(append([]string{d.Text}, d.aliases...))
}
