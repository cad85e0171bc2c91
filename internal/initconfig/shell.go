package initconfig

import (
	"fmt"
	"strings"
)

// A word is one of a command's. What only a shell, or make, would make of it is not known here: then why says so, and
// text is what stands in the file.
type word struct {
	text string
	why  string // "" if the word is what it says
}

// A command is a list of words with variables before it, all of one shell line.
type command struct {
	env   []word // NAME=value
	words []word
	at    place
	note  string // what the line is in its file
}

// texts are the words, if all are what they say; else why one is not.
func texts(words []word) (list []string, why string) {
	list = make([]string, 0, len(words))
	for _, w := range words {
		if w.why != "" {
			return nil, w.why
		}
		list = append(list, w.text)
	}
	return list, ""
}

// splitShell splits a line into its commands, which && stands between: all else that combines commands is an error
// that says what it is (POSIX, 2.3 and 2.10 of the shell's language). Words with $, patterns and the like are marked.
func splitShell(line string, at place, note string) ([]command, error) {
	empty := command{at: at, note: note}
	s := splitter{rest: strings.TrimSpace(line), empty: empty, now: empty}
	for s.rest != "" {
		if err := s.step(); err != nil {
			return nil, err
		}
	}
	s.endWord()
	if err := s.endCommand(); err != nil {
		return nil, err
	}
	return s.list, nil
}

type splitter struct {
	rest  string
	empty command
	list  []command
	now   command

	text strings.Builder
	why  string
	in   bool // a word has begun
}

var assignment = lazily(`^[A-Za-z_][A-Za-z0-9_]*=`)

// language are the words that begin what is no plain command, and those that change the shell itself.
var language = map[string]bool{
	"if": true, "for": true, "while": true, "until": true, "case": true, "function": true, "{": true, "!": true,
	"[[": true, "set": true, "export": true, "trap": true, "source": true, ".": true, "eval": true, "ulimit": true,
	"umask": true, "wait": true, "read": true, "unset": true, "alias": true,
}

func (s *splitter) endWord() {
	if !s.in {
		return
	}
	w := word{s.text.String(), s.why}
	if len(s.now.words) == 0 && assignment().MatchString(w.text) {
		s.now.env = append(s.now.env, w)
	} else {
		s.now.words = append(s.now.words, w)
	}
	s.text.Reset()
	s.why, s.in = "", false
}

func (s *splitter) endCommand() error {
	switch {
	case len(s.now.words) == 0 && len(s.now.env) > 0:
		return fmt.Errorf("it sets a variable of the shell")
	case len(s.now.words) == 0:
		return fmt.Errorf("a command is missing")
	case language[s.now.words[0].text]:
		return fmt.Errorf("%q is for a shell", s.now.words[0].text)
	}
	s.list = append(s.list, s.now)
	s.now = s.empty
	return nil
}

func (s *splitter) add(text string) {
	s.text.WriteString(text)
	s.in = true
}

// mark notes that the word is not what it says.
func (s *splitter) mark(why string) {
	if s.why == "" {
		s.why = why
	}
}

// step handles what comes next outside of quotes.
func (s *splitter) step() error {
	ch := s.rest[0]
	switch {
	case strings.HasPrefix(s.rest, "\\\n"):
		s.rest = s.rest[2:]
		return nil
	case strings.HasPrefix(s.rest, "&&"):
		s.endWord()
		s.rest = strings.TrimLeft(s.rest[2:], " \t\n")
		return s.endCommand()
	case strings.HasPrefix(s.rest, "||"):
		return fmt.Errorf("|| between commands is for a shell")
	case ch == '|':
		return fmt.Errorf("a pipe is for a shell")
	case ch == '&':
		return fmt.Errorf("& is for a shell")
	case ch == '<', ch == '>':
		return fmt.Errorf("a redirection is for a shell")
	case ch == '(', ch == ')':
		return fmt.Errorf("a subshell is for a shell")
	case ch == ';', ch == '\n':
		if s.endWord(); strings.Trim(s.rest, "; \t\n") == "" {
			s.rest = ""
			return nil
		}
		return fmt.Errorf("commands one after the other, whatever becomes of the first, are for a shell")
	case ch == ' ', ch == '\t':
		s.endWord()
		s.rest = s.rest[1:]
		return nil
	case ch == '#' && !s.in:
		_, s.rest, _ = strings.Cut(s.rest, "\n")
		return nil
	case ch == '\'':
		return s.quote()
	case ch == '"':
		return s.doubleQuote()
	case ch == '\\' && len(s.rest) > 1:
		s.add(s.rest[1:2])
		s.rest = s.rest[2:]
		return nil
	case ch == '$', ch == '`':
		return s.expansion()
	case strings.IndexByte("*?[", ch) >= 0:
		s.mark("a shell would expand the pattern in it")
	case ch == '~' && !s.in:
		s.mark("a shell would expand ~")
	}
	s.add(s.rest[:1])
	s.rest = s.rest[1:]
	return nil
}

var errQuote = fmt.Errorf("a quote is not closed")

func (s *splitter) quote() error {
	text, rest, closed := strings.Cut(s.rest[1:], "'")
	if !closed {
		return errQuote
	}
	s.add(text)
	s.rest = rest
	return nil
}

func (s *splitter) doubleQuote() error {
	s.add("")
	s.rest = s.rest[1:]
	for s.rest != "" {
		switch ch := s.rest[0]; {
		case ch == '"':
			s.rest = s.rest[1:]
			return nil
		case strings.HasPrefix(s.rest, "\\\n"):
			s.rest = s.rest[2:]
		case ch == '\\' && len(s.rest) > 1 && strings.IndexByte("\"\\$`", s.rest[1]) >= 0:
			s.add(s.rest[1:2])
			s.rest = s.rest[2:]
		case ch == '$', ch == '`':
			if err := s.expansion(); err != nil {
				return err
			}
		default:
			s.add(s.rest[:1])
			s.rest = s.rest[1:]
		}
	}
	return errQuote
}

var variable = lazily(`^\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]|\{[^}]*\})`)

// expansion passes over a variable or a command substitution.
func (s *splitter) expansion() error {
	text := variable().FindString(s.rest)
	switch {
	case text != "":
	case s.rest[0] == '`':
		end := strings.IndexByte(s.rest[1:], '`')
		if end < 0 {
			return errQuote
		}
		text = s.rest[:end+2]
	case strings.HasPrefix(s.rest, "$("):
		depth := 0
		for i := range len(s.rest) {
			switch s.rest[i] {
			case '(':
				depth++
			case ')':
				depth--
			}
			if depth == 0 && i > 0 {
				text = s.rest[:i+1]
				break
			}
		}
		if text == "" {
			return errQuote
		}
	default: // a $ that stands for itself
		s.add("$")
		s.rest = s.rest[1:]
		return nil
	}
	s.mark(text + " is known only when it runs")
	s.add(text)
	s.rest = s.rest[len(text):]
	return nil
}
