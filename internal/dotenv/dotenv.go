// Package dotenv reads files of environment variables.
//
// The invariant: an error names the file and the line and never quotes what the
// file says, which may be a password. The syntax is the library's: KEY=value, export
// before it, quotes, # comments, ${OTHER} of the same file. The principal function is
// Read. When a file is read is runfiles' to decide, and environ adds its variables to an
// environment.
package dotenv

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/joho/godotenv"

	"github.com/gorun-dev/gorun/internal/plainfile"
)

// Read returns the variables of a file, which errors call by name. It does not wait: what
// is no regular file is an error.
func Read(path, name string) (map[string]string, error) { return read(plainfile.Read, path, name) }

// ReadOnce is Read for what may be no regular file, such as a pipe: it waits for whoever
// writes it, to its end, and cannot be done again.
func ReadOnce(path, name string) (map[string]string, error) {
	return read(plainfile.ReadOnce, path, name)
}

func read(how func(path string) ([]byte, error), path, name string) (map[string]string, error) {
	data, err := how(path)
	if err != nil {
		var e *fs.PathError
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, fmt.Errorf("environment file %q: %w", name, err)
	}
	return parse(string(data), name)
}

func parse(text, name string) (map[string]string, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	vars, err := godotenv.Unmarshal(text)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %s", name, faultyLine(text), words(err))
	}
	for _, key := range slices.Sorted(maps.Keys(vars)) {
		if key == "" || strings.ContainsAny(key, " \t=\x00") {
			return nil, fmt.Errorf("%s: %q is no name for a variable", name, key)
		}
		if strings.Contains(vars[key], "\x00") {
			return nil, fmt.Errorf("%s: the value of %s has a zero byte in it", name, key)
		}
	}
	return vars, nil
}

// words says what the library found without the text that it quotes.
func words(err error) string {
	switch text := err.Error(); {
	case strings.HasPrefix(text, "unterminated quoted value"):
		return "the quote is not closed"
	case strings.HasPrefix(text, "unexpected character"):
		return "not of the form NAME=value"
	default:
		return "cannot be read"
	}
}

// statementLines is how many lines one statement may have for its first one to be the
// faulty one: looking further takes time that grows with the square of it.
const statementLines = 200

// faultyLine returns the line after the longest part that can be read, which is
// where the statement begins that cannot. The library does not say.
func faultyLine(text string) int {
	lines := strings.SplitAfter(text, "\n")
	good := 0 // lines that can be read
	for n := 1; n <= len(lines) && n-good <= statementLines; n++ {
		if _, err := godotenv.Unmarshal(strings.Join(lines[good:n], "")); err == nil {
			good = n
		}
	}
	for good < len(lines)-1 {
		if s := strings.TrimSpace(lines[good]); s != "" && s[0] != '#' {
			break
		}
		good++
	}
	return good + 1
}
