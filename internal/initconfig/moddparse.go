package initconfig

import (
	"fmt"
	"slices"
	"strings"
)

// A moddBlock is one of modd.conf: patterns, and what is done when a file matches.
type moddBlock struct {
	at         place
	patterns   []string // without variables and what they exclude
	exclude    []string
	directives []moddDirective
}

// A moddDirective is prep, daemon or indir.
type moddDirective struct {
	at      place
	name    string
	options []string // "+sigterm"
	text    string
}

var moddVariable = lazily(`@\w+`)

// parseModd reads modd.conf (its grammar: conf/lex.go in modd).
func parseModd(name, text string) (blocks []moddBlock, line int, err error) {
	m := moddReader{rest: text, at: place{name, 1}, variables: make(map[string]string)}
	for {
		b, err := m.block()
		if err != nil {
			return nil, m.at.line, err
		}
		if b == nil {
			return blocks, 0, nil
		}
		blocks = append(blocks, *b)
	}
}

type moddReader struct {
	rest      string
	at        place
	variables map[string]string
}

func (m *moddReader) skip(n int) {
	m.at.line += strings.Count(m.rest[:n], "\n")
	m.rest = m.rest[n:]
}

// space skips blanks and comments.
func (m *moddReader) space() {
	for m.rest != "" {
		switch {
		case strings.IndexByte(" \t\r\n", m.rest[0]) >= 0:
			m.skip(1)
		case m.rest[0] == '#':
			m.skip(len(m.rest) - len(strings.TrimLeft(m.rest, "#")))
			if end := strings.IndexByte(m.rest, '\n'); end >= 0 {
				m.skip(end)
			} else {
				m.skip(len(m.rest))
			}
		default:
			return
		}
	}
}

// block reads patterns and what stands in braces behind them; nil at the end.
func (m *moddReader) block() (*moddBlock, error) {
	b := &moddBlock{}
	for {
		m.space()
		switch {
		case m.rest == "" && b.at.line == 0:
			return nil, nil
		case m.rest == "":
			return nil, fmt.Errorf("a block without {")
		case m.rest[0] == '@':
			m.variable()
			continue
		}
		if b.at.line == 0 {
			b.at = m.at
		}
		if m.rest[0] == '{' {
			m.skip(1)
			err := m.directives(b)
			return b, err
		}
		pattern, err := m.pattern()
		switch {
		case err != nil:
			return nil, err
		case strings.HasPrefix(pattern, "!"):
			b.exclude = append(b.exclude, pattern[1:])
		case strings.HasPrefix(pattern, "+"): // +noignore
		default:
			b.patterns = append(b.patterns, pattern)
		}
	}
}

func (m *moddReader) pattern() (string, error) {
	not := ""
	if m.rest[0] == '!' {
		m.skip(1)
		if m.rest == "" {
			return "", fmt.Errorf("a pattern is missing")
		}
		not = "!"
	}
	if q := m.rest[0]; q == '"' || q == '\'' {
		end := strings.IndexByte(m.rest[1:], q)
		if end < 0 {
			return "", errQuote
		}
		text := m.rest[1 : end+1]
		m.skip(end + 2)
		return not + text, nil
	}
	end := strings.IndexAny(m.rest, " \t\r\n{")
	// A brace may be part of a pattern, as in **/*.{go,html}.
	for end > 0 && m.rest[end] == '{' {
		closed := strings.IndexAny(m.rest[end:], "}\n ")
		if closed < 0 || m.rest[end+closed] != '}' {
			break
		}
		next := strings.IndexAny(m.rest[end+closed:], " \t\r\n{")
		if next < 0 {
			return "", fmt.Errorf("a block without {")
		}
		end += closed + next
	}
	if end <= 0 {
		return "", fmt.Errorf("a block without {")
	}
	text := m.rest[:end]
	m.skip(end)
	return not + text, nil
}

// variable reads @name = value.
func (m *moddReader) variable() {
	end := strings.IndexByte(m.rest, '\n')
	if end < 0 {
		end = len(m.rest)
	}
	name, value, _ := strings.Cut(m.rest[:end], "=")
	m.variables[strings.TrimSpace(name)] = unquote(strings.TrimSpace(value))
	m.skip(end)
}

func unquote(s string) string {
	if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		return s[1 : n-1]
	}
	return s
}

// directives reads up to the closing brace.
func (m *moddReader) directives(b *moddBlock) error {
	for {
		m.space()
		if m.rest == "" {
			return fmt.Errorf("a block without }")
		}
		if m.rest[0] == '}' {
			m.skip(1)
			return nil
		}
		d := moddDirective{at: m.at}
		head, _, found := strings.Cut(m.rest, ":")
		words := strings.Fields(head)
		if !found || len(words) == 0 || strings.Contains(head, "\n") {
			return fmt.Errorf("not prep, daemon or indir")
		}
		d.name, d.options = words[0], words[1:]
		if !slices.Contains([]string{"prep", "daemon", "indir"}, d.name) {
			return fmt.Errorf("not prep, daemon or indir: %s", short(d.name))
		}
		m.skip(len(head) + 1)
		m.skip(len(m.rest) - len(strings.TrimLeft(m.rest, " \t")))
		text, err := m.value()
		if err != nil {
			return err
		}
		d.text = moddVariable().ReplaceAllStringFunc(text, func(name string) string {
			if v, ok := m.variables[name]; ok {
				return v
			}
			return name
		})
		b.directives = append(b.directives, d)
	}
}

// value reads a directive's command: in quotes, over several lines then, or to the end of the line.
func (m *moddReader) value() (string, error) {
	if m.rest != "" && (m.rest[0] == '"' || m.rest[0] == '\'') {
		q := m.rest[0]
		for i := 1; i < len(m.rest); i++ {
			if m.rest[i] == '\\' {
				i++
			} else if m.rest[i] == q {
				text := m.rest[1:i]
				m.skip(i + 1)
				return strings.ReplaceAll(text, `\`+string(q), string(q)), nil
			}
		}
		return "", errQuote
	}
	text := ""
	for {
		end := strings.IndexByte(m.rest, '\n')
		if end < 0 {
			end = len(m.rest)
		}
		line := m.rest[:end]
		m.skip(end)
		if before, more := strings.CutSuffix(strings.TrimRight(line, " \t"), `\`); more && m.rest != "" {
			text += before + " "
			m.skip(1)
			continue
		}
		return strings.TrimSpace(text + line), nil
	}
}
