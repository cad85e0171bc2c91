package config

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// TOML as a tree that remembers where everything stands and in which order.
//
// Rejected: decoding into a struct, strictly. The keys are the flags, which are not
// known when this is compiled; the order of the profiles decides which is the
// default, and a map forgets it; and the errors of wrong types name Go's types.

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
	text string   // of a string, what it says; else as it is written
	n    int64    // of an integer
	list []value  // of an array
	keys []entry  // of a table, in the file's order
}

type entry struct {
	name string
	at   position
	val  *value
}

type position struct{ line, column int }

func (v *value) entry(name string) *entry {
	for i := range v.keys {
		if v.keys[i].name == name {
			return &v.keys[i]
		}
	}
	return nil
}

// maxSize bounds the file: a value may be nested as deep as there are bytes, and
// the parser goes down with it.
const maxSize = 256 << 10

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
	b := &builder{root: &value{kind: kindTable, at: position{1, 1}}}
	b.Reset(data)
	table := b.root
	for b.NextExpression() {
		switch n := b.Expression(); n.Kind {
		case unstable.Table:
			table = b.table(b.root, n.Key())
		case unstable.ArrayTable:
			table = b.arrayTable(n.Key())
		case unstable.KeyValue:
			b.keyValue(table, n)
		}
	}
	if err := b.Error(); err != nil {
		return nil, syntaxError(err)
	}
	return b.root, nil
}

func syntaxError(err error) *Error {
	e := &Error{Line: 1, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	var at *toml.DecodeError
	if errors.As(err, &at) {
		e.Line, e.Column = at.Position()
	}
	return e
}

// A builder makes the tree of what the parser reads. That no key contradicts
// another is known.
type builder struct {
	unstable.Parser
	root *value
}

func (b *builder) at(n *unstable.Node) position {
	s := b.Shape(n.Raw).Start
	return position{s.Line, s.Column}
}

// table returns the table of a key, made where it is not there.
func (b *builder) table(from *value, key unstable.Iterator) *value {
	for key.Next() {
		n := key.Node()
		e := b.add(from, n)
		if e.val == nil {
			e.val = &value{kind: kindTable, at: e.at}
		}
		if from = e.val; from.kind == kindTables {
			from = &from.list[len(from.list)-1]
		}
	}
	return from
}

func (b *builder) add(to *value, key *unstable.Node) *entry {
	if e := to.entry(string(key.Data)); e != nil {
		return e
	}
	to.keys = append(to.keys, entry{name: string(key.Data), at: b.at(key)})
	return &to.keys[len(to.keys)-1]
}

func (b *builder) arrayTable(key unstable.Iterator) *value {
	from := b.root
	for key.Next() {
		n := key.Node()
		e := b.add(from, n)
		switch {
		case key.IsLast():
			if e.val == nil {
				e.val = &value{kind: kindTables, at: e.at}
			}
			e.val.list = append(e.val.list, value{kind: kindTable, at: b.at(n)})
			return &e.val.list[len(e.val.list)-1]
		case e.val == nil:
			e.val = &value{kind: kindTable, at: e.at}
		}
		if from = e.val; from.kind == kindTables {
			from = &from.list[len(from.list)-1]
		}
	}
	return from
}

func (b *builder) keyValue(to *value, n *unstable.Node) {
	var last *entry
	for key := n.Key(); key.Next(); {
		if last != nil {
			if last.val == nil {
				last.val = &value{kind: kindTable, at: last.at}
			}
			to = last.val
		}
		last = b.add(to, key.Node())
	}
	last.val = b.value(n.Value(), last.at)
}

// value converts a value; at is its key's place, for those that have none of their
// own.
func (b *builder) value(n *unstable.Node, at position) *value {
	v := &value{at: at, text: string(n.Data)}
	if n.Raw.Length > 0 {
		v.at = b.at(n)
	}
	switch n.Kind {
	case unstable.String:
		v.kind = kindString
	case unstable.Bool:
		v.kind = kindBool
	case unstable.Integer:
		v.kind = kindInteger
		v.n, _ = strconv.ParseInt(v.text, 0, 64) // its range was looked at
	case unstable.Float:
		v.kind = kindFloat
	case unstable.Array:
		v.kind = kindArray
		for it := n.Children(); it.Next(); {
			v.list = append(v.list, *b.value(it.Node(), at))
		}
	case unstable.InlineTable:
		v.kind = kindTable
		for it := n.Children(); it.Next(); {
			b.keyValue(v, it.Node())
		}
	default:
		v.kind = kindDate
	}
	return v
}
