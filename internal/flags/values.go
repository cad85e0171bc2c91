package flags

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/goflags"
)

// The types of value. Each of these functions returns one for a variable.
//
// Rejected: the flag package's own, which it exports only by registering them, and which
// set the variable to zero when they refuse a text.

// A value is a variable with how it is read from a text and written.
type value[T any] struct {
	variable *T
	parse    func(string) (T, error)
	format   func(T) string
	bare     bool // the flag needs no text: it is "true" then
}

func (v value[T]) IsBoolFlag() bool { return v.bare }
func (v value[T]) String() string   { return v.format(*v.variable) }

func (v value[T]) Set(s string) error {
	t, err := v.parse(s)
	if err == nil {
		*v.variable = t
	}
	return err
}

// errParse is what the flag package says of a text that it cannot read.
var errParse = errors.New("parse error")

// parsing puts the flag package's words in the place of a parser's own.
func parsing[T any](parse func(string) (T, error)) func(string) (T, error) {
	return func(s string) (T, error) {
		t, err := parse(s)
		switch {
		case errors.Is(err, strconv.ErrRange):
			err = errors.New("value out of range")
		case err != nil:
			err = errParse
		}
		return t, err
	}
}

// boolean is true or false; bare it is true.
func boolean(p *bool) flag.Value {
	return value[bool]{p, parsing(strconv.ParseBool), strconv.FormatBool, true}
}

// givenBoolean is boolean that notes in given that it was set.
func givenBoolean(p, given *bool) flag.Value {
	return value[bool]{p, func(s string) (bool, error) {
		on, err := strconv.ParseBool(s)
		if err != nil {
			return on, errors.New("must be true or false")
		}
		*given = true
		return on, nil
	}, strconv.FormatBool, true}
}

// duration is a time as time.ParseDuration has it.
func duration(p *time.Duration) flag.Value {
	return value[time.Duration]{p, parsing(time.ParseDuration), time.Duration.String, false}
}

// integer is a number, decimal or with a prefix such as 0x.
func integer(p *int) flag.Value {
	parse := func(s string) (int, error) {
		n, err := strconv.ParseInt(s, 0, strconv.IntSize)
		return int(n), err
	}
	return value[int]{p, parsing(parse), strconv.Itoa, false}
}

// text is a text that check accepts.
func text(p *string, check func(string) error) flag.Value {
	return value[string]{p, func(s string) (string, error) { return s, check(s) }, same, false}
}

func same(s string) string { return s }

// anyText is a text.
func anyText(p *string) flag.Value { return text(p, func(string) error { return nil }) }

func notEmpty(s string) error { return refuse(s == "", "cannot be empty") }

// choice is one of a few words.
func choice(p *string, words ...string) flag.Value {
	return text(p, func(s string) error {
		if !slices.Contains(words, s) {
			return fmt.Errorf("must be one of %s", strings.Join(words, ", "))
		}
		return nil
	})
}

// form is "" while nothing is asked for, or one of two forms of what is to be printed: the
// bare flag asks for plain, the flag with the word other for that one.
func form(p *string, plain, other string) flag.Value {
	return value[string]{p, func(s string) (string, error) {
		on, err := strconv.ParseBool(s)
		switch {
		case s == other:
			return other, nil
		case err != nil:
			return "", fmt.Errorf("must be true, false or %s", other)
		case on:
			return plain, nil
		}
		return "", nil
	}, same, true}
}

// list may be given several times; each time split makes one or several elements of the
// text.
func list(p *[]string, split func(string) ([]string, error)) flag.Value {
	return value[[]string]{p, func(s string) ([]string, error) {
		elements, err := split(s)
		return append(slices.Clip(*p), elements...), err
	}, spaced, false}
}

func spaced(words []string) string { return strings.Join(words, " ") }

// one makes a list's element of a text that is not empty and that check, if there is one,
// accepts.
func one(check func(string) error) func(string) ([]string, error) {
	return func(s string) ([]string, error) {
		if check != nil {
			if err := check(s); err != nil {
				return nil, err
			}
		}
		if s == "" {
			return nil, errors.New("must not be empty")
		}
		return []string{s}, nil
	}
}

// words is a command in words as those of -exec: quoted as a whole or not at all. An
// empty one is none, and nil.
func words(p *[]string) flag.Value {
	return value[[]string]{p, func(s string) ([]string, error) {
		list, err := goflags.Words(s)
		if len(list) == 0 {
			list = nil
		}
		return list, err
	}, spaced, false}
}

// setter is set by a function, and is nothing by default.
type setter func(string) error

func (f setter) String() string     { return "" }
func (f setter) Set(s string) error { return f(s) }
