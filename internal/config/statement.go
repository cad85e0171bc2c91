package config

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// A statement is a header such as [a.b], or a key with its value, or an empty line.
type statement struct {
	lines   []string
	first   position
	header  bool
	content map[string]any // what it says alone
}

// maxLines bounds a statement, which is decoded once for each of its lines: with a hundred
// of them that takes milliseconds, with ten thousand seconds.
const maxLines = 1000

// statementAt returns the statement that begins on a line, and how many lines it has: as
// few as can be decoded, as a value that goes on is not closed.
func statementAt(lines []string, at int) (s statement, n int, err error) {
	s = statement{first: position{line: at + 1}, header: strings.HasPrefix(strings.TrimLeft(lines[at], " \t"), "[")}
	for n = 1; at+n <= len(lines); n++ {
		if n > maxLines {
			return s, n, fmt.Errorf("a value of more than %d lines", maxLines)
		}
		if n > 1 && !strings.ContainsAny(lines[at+n-1], `]}"'`) {
			continue // it closes nothing
		}
		s.lines = lines[at : at+n]
		s.content = nil
		if err = toml.Unmarshal([]byte(strings.Join(s.lines, "")), &s.content); err == nil {
			return s, n, nil
		}
	}
	return s, n, err
}

// open returns the table that a header names, made where it is not there. content is what
// the header says from there on.
func (s statement) open(from *value, content any) *value {
	if from.kind == kindTables {
		from = &from.list[len(from.list)-1]
	}
	names, _ := content.(map[string]any)
	for name, rest := range names { // one at most
		e := s.add(from, name, s.first)
		if _, tables := rest.([]any); tables {
			return s.append(e)
		}
		if e.val == nil {
			e.val = &value{kind: kindTable, at: e.at}
		}
		return s.open(e.val, rest)
	}
	return from
}

// append adds a table to the list of tables that an entry is.
func (s statement) append(e *entry) *value {
	if e.val == nil {
		e.val = &value{kind: kindTables, at: e.at}
	}
	e.val.list = append(e.val.list, value{kind: kindTable, at: s.first})
	return &e.val.list[len(e.val.list)-1]
}

func (s statement) add(to *value, name string, at position) *entry {
	if e := to.entry(name); e != nil {
		return e
	}
	to.keys = append(to.keys, entry{name: name, at: at})
	return &to.keys[len(to.keys)-1]
}

// A span is a part of a statement.
type span struct{ from, to position }

// put enters what a key and its value say into a table. path is where content stands in
// the statement, and within its part of it: a.b = 1 says the same as a = {b = 1}.
func (s statement) put(table *value, content map[string]any, path []string, within span) {
	keys := s.order(content, path, within)
	for i, k := range keys {
		e := s.add(table, k.name, k.at)
		inner, ok := content[k.name].(map[string]any)
		if !ok {
			e.val = s.value(content[k.name], e.at)
			continue
		}
		if e.val == nil {
			e.val = &value{kind: kindTable, at: e.at}
		}
		part := span{k.at, within.to}
		if i+1 < len(keys) {
			part.to = keys[i+1].at
		}
		s.put(e.val, inner, append(slices.Clip(path), k.name), part)
	}
}

// order returns the keys that stand at a path, in the order of the statement. Decoded
// strictly into nothing, each of them is an error that has its place. Where keys that are
// tables stand beside others this cannot be done for those inside of them: their order
// counts for nothing, and they are sorted.
func (s statement) order(content map[string]any, path []string, within span) []entry {
	into := reflect.TypeFor[struct{}]()
	for range path {
		into = reflect.MapOf(reflect.TypeFor[string](), into)
	}
	d := toml.NewDecoder(strings.NewReader(strings.Join(s.lines, ""))).DisallowUnknownFields()
	missing, _ := errors.AsType[*toml.StrictMissingError](d.Decode(reflect.New(into).Interface()))
	seen := make(map[string]bool)
	var keys []entry
	if missing != nil {
		for _, e := range missing.Errors {
			line, column := e.Position()
			at := position{s.first.line + line - 1, column}
			key := e.Key()
			if len(key) > len(path) && slices.Equal(key[:len(path)], path) {
				key = key[len(path):] // a key with dots; else path is that of tables in braces
			}
			if _, ok := content[key[0]]; ok && !seen[key[0]] && !at.before(within.from) && at.before(within.to) {
				seen[key[0]] = true
				keys = append(keys, entry{name: key[0], at: at})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(content)) {
		if !seen[name] {
			keys = append(keys, entry{name: name, at: within.from})
		}
	}
	return keys
}

// value converts a value that is no table.
func (s statement) value(v any, at position) *value {
	switch v := v.(type) {
	case string:
		return &value{kind: kindString, at: at, text: v}
	case bool:
		return &value{kind: kindBool, at: at, text: strconv.FormatBool(v)}
	case int64:
		return &value{kind: kindInteger, at: at, text: strconv.FormatInt(v, 10)}
	case float64:
		return &value{kind: kindFloat, at: at, text: floatText(v)}
	case []any:
		list := &value{kind: kindArray, at: at}
		places := s.elementsAt(len(v), at)
		for i, v := range v {
			if inner, ok := v.([]any); ok {
				v = inner[:0] // no list in a list is looked into
			}
			list.list = append(list.list, *s.value(v, places[i]))
		}
		return list
	case map[string]any:
		return &value{kind: kindTable, at: at} // in a list, where no table may be
	}
	return &value{kind: kindDate, at: at, text: fmt.Sprint(v)}
}

// floatText writes a number so that it does not look like an integer.
func floatText(f float64) string {
	text := strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'f', -1, 64), "+"))
	if math.Trunc(f) == f && !math.IsInf(f, 0) {
		text += ".0"
	}
	return text
}

// elementsAt returns where each element of the statement's list of n begins: on the line
// after the last one up to which the list, closed there, has no more than those before it.
func (s statement) elementsAt(n int, at position) []position {
	list := slices.Repeat([]position{at}, n)
	for line := 1; line < len(s.lines); line++ {
		var content map[string]any
		closed := strings.Join(s.lines[:line], "") + "]"
		if toml.Unmarshal([]byte(closed), &content) == nil {
			for i := elements(content); i < n; i++ {
				list[i] = position{line: s.first.line + line}
			}
		}
	}
	return list
}

// elements returns how many the one list in a statement has.
func elements(content any) int {
	switch content := content.(type) {
	case map[string]any:
		for _, v := range content {
			return elements(v)
		}
	case []any:
		return len(content)
	}
	return 0
}
