package config

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// A Type is what a key takes.
type Type int

// The types.
const (
	Text     Type = iota // a string
	Bool                 // true or false, or a string where the flag takes others
	Integer              //
	Duration             // a string as time.ParseDuration has it
	Repeated             // a string, or a list of strings: the flag once for each
	Command              // a list of strings: a command and its arguments
	Tags                 // a string, or a list of strings: build tags
)

// A Key is a flag that may stand in the file.
type Key struct {
	Name string
	Type Type
	Go   bool // it is the go command's: one for build-flags
	Hook bool // it stands in [hooks]
	Path Path // what of its value is a path

	Whole   bool // it is about gorun as a whole: none for a program among several
	Package bool // it is about a Go program: none for a command

	// Check says what the flag has against a value; nil if it takes any.
	Check func(text string) error
}

// A Path says how the value of a flag names a file. One in the file is relative to
// the file's directory, not to where gorun was started.
type Path int

// The kinds.
const (
	NoPath   Path = iota
	FilePath      // a file
	GlobPath      // a pattern: what stands before it must not be taken for one
	WordPath      // a file, or a word such as auto, off, fd:3
)

// words returns the words of a command line that a value comes down to.
func (k Key) words(v *value, dir string) ([]string, *Error) {
	texts, err := k.texts(v)
	if err != nil {
		return nil, err
	}
	words := make([]string, 0, len(texts))
	for _, t := range texts {
		if k.Check != nil {
			if err := k.Check(t.text); err != nil {
				return nil, t.at.fault(fmt.Sprintf("%s: invalid value %q: %v", k.Name, t.text, err))
			}
		}
		words = append(words, "-"+k.Name+"="+k.Path.from(dir, t.text))
	}
	return words, nil
}

type text struct {
	text string
	at   position
}

// texts returns the values for the flag, one for each time that it is to be given.
func (k Key) texts(v *value) ([]text, *Error) {
	one := func(s string) ([]text, *Error) { return []text{{s, v.at}}, nil }
	switch {
	case k.Type == Bool && v.kind == kindBool:
		return one(v.text)
	case k.Type == Bool && v.kind == kindString && k.accepts(v.text):
		return one(v.text)
	case k.Type == Integer && v.kind == kindInteger:
		return one(v.text)
	case (k.Type == Text || k.Type == Duration || k.Type == Repeated || k.Type == Tags) && v.kind == kindString:
		return one(v.text)
	case (k.Type == Repeated || k.Type == Tags || k.Type == Command) && v.kind == kindArray:
		return k.listed(v)
	}
	return nil, v.at.fault(fmt.Sprintf("%s must be %s, not the %s", k.Name, k.Type.wants(), v))
}

// accepts reports whether the flag, boolean else, accepts a string that stands for no
// boolean: buildvcs = "auto".
func (k Key) accepts(s string) bool {
	if _, err := strconv.ParseBool(s); err == nil || k.Check == nil {
		return false
	}
	return k.Check(s) == nil
}

func (k Key) listed(v *value) ([]text, *Error) {
	var words []string
	var texts []text
	for i := range v.list {
		w := &v.list[i]
		if w.kind != kindString {
			return nil, w.at.fault(fmt.Sprintf("%s must be %s: the %s is none", k.Name, k.Type.wants(), w))
		}
		if k.Type == Tags && (w.text == "" || strings.ContainsAny(w.text, ", \t\r\n")) {
			return nil, w.at.fault(fmt.Sprintf("%s: %q is not one build tag", k.Name, w.text))
		}
		words, texts = append(words, w.text), append(texts, text{w.text, w.at})
	}
	switch k.Type {
	case Repeated:
		return texts, nil
	case Tags:
		return []text{{strings.Join(words, ","), v.at}}, nil
	}
	line, err := quote(words)
	if err != nil {
		return nil, v.at.fault(fmt.Sprintf("%s: %v", k.Name, err))
	}
	return []text{{line, v.at}}, nil
}

// quote joins words so that the go command's rule for quoted words (cmd/internal/quoted)
// splits them again.
func quote(words []string) (string, error) {
	quoted := make([]string, len(words))
	for i, w := range words {
		switch {
		case w != "" && !strings.ContainsAny(w, " \t\n\r") && w[0] != '"' && w[0] != '\'':
			quoted[i] = w
		case !strings.Contains(w, "'"):
			quoted[i] = "'" + w + "'"
		case !strings.Contains(w, `"`):
			quoted[i] = `"` + w + `"`
		default:
			return "", fmt.Errorf("the argument %q has both kinds of quotes", w)
		}
	}
	return strings.Join(quoted, " "), nil
}

func (t Type) wants() string {
	switch t {
	case Bool:
		return "true or false"
	case Integer:
		return "an integer"
	case Duration:
		return `a duration such as "500ms" or "3s"`
	case Repeated, Tags:
		return "a string or a list of strings"
	case Command:
		return "a list of strings, the command and its arguments"
	}
	return "a string"
}

// String is the value as an error names it.
func (v *value) String() string {
	switch v.kind {
	case kindString:
		return fmt.Sprintf("string %q", v.text)
	case kindBool, kindInteger, kindFloat, kindDate:
		return string(v.kind) + " " + v.text
	}
	return string(v.kind)
}

// from makes a path of the file absolute.
func (p Path) from(dir, s string) string {
	switch {
	case p == NoPath || s == "" || filepath.IsAbs(s):
		return s
	case p == WordPath && (s == "auto" || s == "off" || s == "default" || strings.HasPrefix(s, "fd:")):
		return s
	case p == GlobPath:
		return escape(filepath.ToSlash(dir)) + "/" + s
	}
	return filepath.Join(dir, s)
}

// escape makes a path a pattern that matches it alone (doublestar's syntax).
func escape(path string) string {
	var b strings.Builder
	for i := range len(path) {
		if strings.IndexByte(`*?[]{}\`, path[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(path[i])
	}
	return b.String()
}
