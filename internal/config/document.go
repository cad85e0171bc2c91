package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// TOML as a tree that remembers on which line everything stands and in which order.
//
// The library decodes into maps, which know neither. So a file that is right as a whole
// is decoded once more, statement by statement: the line of each is known, and the order
// is that of the statements.
//
// Rejected: decoding into a struct, strictly. The keys are the flags, which are not
// known when this is compiled; the order of the profiles decides which is the default;
// and the errors of wrong types name Go's types. The library's own parser, package
// unstable, knows it all, and may change with every version.

// A kind is the type of a value, in the words of an error.
type kind string

const (
	kindString  kind = "string"
	kindBool    kind = "boolean"
	kindInteger kind = "integer"
	kindFloat   kind = "number"
	kindDate    kind = "date or time"
	kindArray   kind = "list"
	kindTable   kind = "table"
	kindTables  kind = "list of tables"
)

// A value is one of the file.
type value struct {
	kind kind
	at   position // of a table, where it is first named
	text string   // what it says
	list []value  // of an array
	keys []entry  // of a table, in the file's order
}

type entry struct {
	name string
	at   position
	val  *value
}

// A position is a place in the file, from 1; the column is 0 where it is not known.
type position struct{ line, column int }

func (p position) before(q position) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

func (v *value) entry(name string) *entry {
	for i := range v.keys {
		if v.keys[i].name == name {
			return &v.keys[i]
		}
	}
	return nil
}

// maxSize bounds the file, which is decoded statement by statement.
const maxSize = 64 << 10

// byteOrderMark is what some editors put before a file in UTF-8.
var byteOrderMark = []byte("\ufeff")

// parse reads TOML. The error has a position but no file.
func parse(data []byte) (*value, *Error) {
	if len(data) > maxSize {
		return nil, &Error{Line: 1, Text: fmt.Sprintf("the file is larger than %d KiB", maxSize>>10)}
	}
	data = bytes.TrimPrefix(data, byteOrderMark)
	// All that TOML itself forbids, keys given twice too.
	if err := toml.Unmarshal(data, new(map[string]any)); err != nil {
		return nil, syntaxError(err)
	}
	root := &value{kind: kindTable, at: position{1, 1}}
	table := root
	lines := strings.SplitAfter(string(data), "\n")
	for at := 0; at < len(lines); {
		s, n, err := statementAt(lines, at)
		if err != nil {
			e := syntaxError(err)
			e.Line += at
			return nil, e
		}
		if at += n; s.header {
			table = s.open(root, s.content)
		} else {
			s.put(table, s.content, nil, span{s.first, position{line: s.first.line + n}})
		}
	}
	return root, nil
}

func syntaxError(err error) *Error {
	e := &Error{Line: 1, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	var at *toml.DecodeError
	if errors.As(err, &at) {
		e.Line, e.Column = at.Position()
	}
	return e
}
