package recipe

import (
	"errors"
	"strconv"
	"strings"
)

// A word is one word of a command that the go command printed.
type word struct {
	text string
	env  bool // NAME=value before the command
}

// splitShown splits a line as cmd/go/internal/work joins it for -n: words with anything odd in them are Go strings
// (joinUnambiguously), settings of the environment come first, as NAME='value' or NAME="Go string" (Shell.runOut).
func splitShown(l string) ([]word, error) {
	var words []word
	inEnv := true
	for l != "" {
		name, rest, ok := strings.Cut(l, "=")
		if inEnv && ok && isEnvName(name) && rest != "" && (rest[0] == '\'' || rest[0] == '"') {
			var value, tail string
			if rest[0] == '\'' {
				var found bool
				if value, tail, found = strings.Cut(rest[1:], "'"); !found {
					return nil, errors.New("a quote without an end")
				}
			} else {
				q, err := strconv.QuotedPrefix(rest)
				if err != nil {
					return nil, err
				}
				value, _ = strconv.Unquote(q)
				tail = rest[len(q):]
			}
			words = append(words, word{name + "=" + value, true})
			if l = tail; l != "" && l[0] != ' ' {
				return nil, errors.New("no space after a quote")
			}
			l = strings.TrimPrefix(l, " ")
			continue
		}
		inEnv = false
		var text string
		if l[0] == '"' {
			q, err := strconv.QuotedPrefix(l)
			if err != nil {
				return nil, err
			}
			text, _ = strconv.Unquote(q)
			if l = l[len(q):]; l != "" && l[0] != ' ' {
				return nil, errors.New("no space after a quote")
			}
			l = strings.TrimPrefix(l, " ")
		} else {
			text, l, _ = strings.Cut(l, " ")
			if text == "" {
				return nil, errors.New("an empty word")
			}
		}
		words = append(words, word{text, false})
	}
	return words, nil
}

func isEnvName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
