package goflags

import (
	"fmt"
	"maps"
	"runtime"
	"strings"
)

// Defaults are flags from an environment variable with the syntax of GOFLAGS, or
// from a file.
type Defaults struct {
	Variable string // its name, for errors
	Value    string

	File  string   // in place of a variable; "" if it is one
	Words []string // of a file: each a flag, "-name=value"
}

// ParseEnv splits the value of GOFLAGS or GORUNFLAGS into its flags. Each word, quoted as a whole or not at all,
// must be a flag of its own: -name=value, never -name value. The error has the go command's words without
// "go: parsing $GOFLAGS: " before them.
func ParseEnv(value string) ([]string, error) {
	words, err := splitWords(value)
	if err != nil {
		return nil, err
	}
	for _, word := range words {
		name := strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-")
		if name == word || name == "" || name[0] == '-' || name[0] == '=' {
			return nil, fmt.Errorf("non-flag %q", word)
		}
	}
	return words, nil
}

// ExecFromEnv returns the words of the last -exec flag in the value of GOFLAGS, nil if there is none.
func ExecFromEnv(goflags string) ([]string, error) {
	words, err := ParseEnv(goflags)
	if err != nil {
		return nil, err
	}
	var exec []string
	for _, word := range words {
		if flagName(word) != "exec" {
			continue
		}
		_, text, _ := strings.Cut(word, "=")
		if exec, err = splitWords(text); err != nil {
			return nil, err
		}
	}
	return exec, nil
}

// WithGOFLAGS returns the line with the value of GOFLAGS behind Has, Value, Bool and Exec, where the command line
// itself says nothing. Build and ExecFlag stay as they are, as the go command reads GOFLAGS, too. Faults
// in the value are the go command's to tell; they are passed over, as are flags of other go commands.
func (l Line) WithGOFLAGS(value string) Line {
	s := newSplitter(nil)
	words, _ := ParseEnv(value)
	for _, word := range words {
		// The error is the go command's to tell.
		_ = s.setDefault(word)
	}
	maps.Copy(s.line.values, l.values)
	l.values = s.line.values
	if l.Exec == nil {
		l.Exec = s.line.Exec
	}
	return l
}

// setDefaults sets flags as SetFromGOFLAGS in cmd/go/internal/base/goflags.go, with its words but gorun's name.
func (s *splitter) setDefaults(d Defaults) error {
	where := "$" + d.Variable
	words, err := ParseEnv(d.Value)
	if d.File != "" {
		where, words = d.File, d.Words
	}
	if err != nil {
		return &UsageError{Text: fmt.Sprintf("gorun: parsing %s: %v\n", where, err), Status: 1}
	}
	for _, word := range words {
		if name := flagName(word); s.flags.Lookup(name) == nil {
			return &UsageError{Text: fmt.Sprintf("gorun: parsing %s: unknown flag -%s\n", where, name), Status: 1}
		}
	}
	if runtime.GOOS == "windows" && d.File == "" {
		where = "%" + d.Variable + "%"
	}
	for _, word := range words {
		if f := s.setDefault(word); f != nil {
			text := fmt.Sprintf("gorun: %s (from %s)%s\n%s", f.what, where, f.why, ownUsage)
			return &UsageError{Text: text, Status: 2}
		}
	}
	return nil
}

// fault is what is wrong with a word of a variable, to be said before and after its name.
type fault struct{ what, why string }

func (s *splitter) setDefault(word string) *fault {
	name := "-" + flagName(word)
	_, text, hasText := strings.Cut(word, "=")
	f := s.flags.Lookup(name[1:])
	if f == nil {
		return &fault{what: "unknown flag " + name}
	}
	bare := isBool(f.Value)
	switch {
	case bare && !hasText:
		if err := s.flags.Set(f.Name, "true"); err != nil {
			return &fault{"invalid boolean flag " + name, ": " + err.Error()}
		}
	case bare:
		if err := s.flags.Set(f.Name, text); err != nil {
			return &fault{fmt.Sprintf("invalid boolean value %q for flag %s", text, name), ": " + err.Error()}
		}
	case !hasText:
		return &fault{what: "flag needs an argument: " + name}
	default:
		if err := s.flags.Set(f.Name, text); err != nil {
			return &fault{fmt.Sprintf("invalid value %q for flag %s", text, name), ": " + err.Error()}
		}
	}
	return nil
}

// flagName is the name in -name, --name, -name=value.
func flagName(word string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(word[1:], "-"), "=")
	return name
}

// Words splits a command, as that of -exec, into its words.
func Words(command string) ([]string, error) { return splitWords(command) }

// splitWords splits at spaces; a word that begins with a quote ends at the next one and is
// taken as it is. Quotes further inside do not count (cmd/internal/quoted). The list is not
// nil.
func splitWords(s string) ([]string, error) {
	const space = " \t\n\r"
	words := []string{}
	for {
		s = strings.TrimLeft(s, space)
		if s == "" {
			return words, nil
		}
		if s[0] == '"' || s[0] == '\'' {
			word, rest, ok := strings.Cut(s[1:], s[:1])
			if !ok {
				return words, fmt.Errorf("unterminated %c string", s[0])
			}
			words, s = append(words, word), rest
			continue
		}
		end := strings.IndexAny(s, space)
		if end < 0 {
			end = len(s)
		}
		words, s = append(words, s[:end]), s[end:]
	}
}

// UnderGenerate reports whether a command runs in a //go:generate line: the go
// command sets these for its generators (go help generate).
func UnderGenerate(getenv func(string) string) bool {
	for _, name := range []string{"GOFILE", "GOLINE", "GOPACKAGE", "DOLLAR"} {
		if getenv(name) == "" {
			return false
		}
	}
	return true
}
