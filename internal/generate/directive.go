package generate

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
)

// A Directive is a //go:generate line. Lines of one file with the same text are one
// directive: `go generate -run` cannot tell them apart.
type Directive struct {
	File  string   // the file that it stands in, absolute
	Dir   string   // the directory of its package, where it runs
	Line  int      // the first line with this text
	Text  string   // the line, as -run sees it
	Words []string // its words, variables and -command applied
	Globs []string // of the //gorun:input lines above and below it, as written
	Err   error    // why it has no words: what go generate will say, too

	printedFile string   // the file as it is printed
	aliases     []string // the file's -command lines, as -run sees them
}

// A source is what a file has to say of directives.
type source struct {
	directives []*Directive
	faults     []fault
}

// A fault is what is wrong with a //gorun:input line.
type fault struct {
	line int
	err  error
}

// lineLimit is the buffer of go generate's reader: it refuses a file with a longer
// directive (cmd/go/internal/generate).
const lineLimit = 4096

// inputPrefix begins a line that names inputs.
const inputPrefix = "//gorun:input"

// errTooLong is that of a directive that go generate does not read, nor what
// follows it.
var errTooLong = errors.New("directive too long")

// parse reads the directives of a file as go generate does. env returns the
// variables that go generate sets for a line, and those of the environment.
func parse(file, dir, printedFile string, src []byte, env func(pkg string, line int) func(name string) string) source {
	clause, err := parser.ParseFile(token.NewFileSet(), "", src, parser.PackageClauseOnly)
	if err != nil {
		return source{} // go generate passes over such a file, too
	}
	var s source
	byText := map[string]*Directive{}
	shorthand := map[string][]string{}
	var aliases []string
	lines := bytes.SplitAfter(src, []byte("\n"))
	for i, line := range lines {
		n := i + 1
		if !isDirective(line) {
			continue
		}
		text := string(bytes.TrimSpace(line))
		d := &Directive{File: file, Dir: dir, Line: n, Text: text, printedFile: printedFile}
		stop := false
		switch {
		case len(line) > lineLimit || len(line) == lineLimit && line[len(line)-1] != '\n':
			d.Err, stop = errTooLong, true
		case line[len(line)-1] != '\n':
			d.Err, stop = errors.New("error reading the file: unexpected EOF"), true
		default:
			d.Words, d.Err = split(string(line), shorthand, env(clause.Name.Name, n))
		}
		if d.Err == nil && d.Words[0] == "-command" {
			aliases = append(aliases, text)
			if d.Err = define(shorthand, d.Words); d.Err == nil {
				continue
			}
			d.Words = nil
		}
		if old := byText[text]; old != nil {
			old.Globs = append(old.Globs, s.globs(lines, i)...)
			continue
		}
		d.Globs = s.globs(lines, i)
		byText[text] = d
		s.directives = append(s.directives, d)
		if stop {
			break
		}
	}
	for _, d := range s.directives {
		d.aliases = aliases
	}
	return s
}

func isDirective(line []byte) bool {
	return bytes.HasPrefix(line, []byte("//go:generate ")) || bytes.HasPrefix(line, []byte("//go:generate\t"))
}

// define notes a -command line.
func define(shorthand map[string][]string, words []string) error {
	if len(words) == 1 {
		return errors.New("no command specified for -command")
	}
	if shorthand[words[1]] != nil {
		return fmt.Errorf("command %q multiply defined", words[1])
	}
	shorthand[words[1]] = append([]string{}, words[2:]...)
	return nil
}

// split splits a directive's line, its newline included, into words (Generator.split
// in cmd/go/internal/generate): a word may be a Go string in double quotes as a
// whole; the first one may stand for those of a -command line; then variables are
// replaced.
func split(line string, shorthand map[string][]string, getenv func(string) string) ([]string, error) {
	line = line[len("//go:generate ") : len(line)-1]
	line = strings.TrimSuffix(line, "\r")
	var words []string
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			break
		}
		word, rest, err := cutWord(line)
		if err != nil {
			return nil, err
		}
		words, line = append(words, word), rest
	}
	if len(words) == 0 {
		return nil, errors.New("no arguments to directive")
	}
	if long := shorthand[words[0]]; long != nil {
		words = append(append([]string{}, long...), words[1:]...)
	}
	for i, word := range words {
		words[i] = os.Expand(word, getenv)
	}
	if len(words) == 0 {
		return nil, errors.New("no arguments to directive")
	}
	return words, nil
}

// cutWord cuts the first word off, which is not empty.
func cutWord(line string) (word, rest string, err error) {
	if line[0] != '"' {
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		return line[:end], line[end:], nil
	}
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			if i+1 == len(line) {
				return "", "", errors.New("bad backslash")
			}
			i++
		case '"':
			word, err := strconv.Unquote(line[:i+1])
			if err != nil {
				return "", "", errors.New("bad quoted string")
			}
			rest := line[i+1:]
			if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
				return "", "", errors.New("expect space after quoted argument")
			}
			return word, rest, nil
		}
	}
	return "", "", errors.New("mismatched quoted string")
}

// globs returns what the //gorun:input lines of the comment lines directly above
// and below line i name, up to the next directive on either side.
func (s *source) globs(lines [][]byte, i int) []string {
	var globs []string
	for _, step := range []int{-1, 1} {
		inComment := func(j int) bool {
			return j >= 0 && j < len(lines) && bytes.HasPrefix(lines[j], []byte("//")) && !isDirective(lines[j])
		}
		for j := i + step; inComment(j); j += step {
			found, err := inputLine(string(lines[j]))
			if err != nil {
				s.faults = append(s.faults, fault{j + 1, err})
			}
			globs = append(globs, found...)
		}
	}
	return globs
}

// inputLine returns the patterns of a //gorun:input line, none for another line.
func inputLine(line string) ([]string, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), inputPrefix)
	if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return nil, nil
	}
	var globs []string
	for {
		if rest = strings.TrimLeft(rest, " \t"); rest == "" {
			break
		}
		word, more, err := cutWord(rest)
		if err != nil {
			return globs, fmt.Errorf("%s: %w", inputPrefix, err)
		}
		if err := checkGlob(word); err != nil {
			return globs, fmt.Errorf("%s: %w", inputPrefix, err)
		}
		globs, rest = append(globs, word), more
	}
	if globs == nil {
		return nil, fmt.Errorf("%s: no pattern", inputPrefix)
	}
	return globs, nil
}

// name names a directive in words.
func (d *Directive) name() string { return fmt.Sprintf("%s:%d", d.printedFile, d.Line) }

func (d *Directive) key() string { return d.File + "\x00" + d.Text }
