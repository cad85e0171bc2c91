package initconfig

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// airKeys are the keys of an air file, "build.cmd", with the line of each. A command line of air sets them, too.
type airKeys struct {
	values map[string]any
	lines  map[string]int
	file   string
	from   place // of a command line, in whose place its own keys stand
}

// maxAir is how large an air file may be, ten times what it can say: the parser compares each key with all others,
// to find one that stands twice.
const maxAir = 64 << 10

// parseAir reads air's TOML.
func parseAir(name, text string) (*airKeys, int, error) {
	if len(text) > maxAir {
		return nil, 1, fmt.Errorf("larger than %d KiB", maxAir>>10)
	}
	var doc map[string]any
	if err := toml.Unmarshal([]byte(text), &doc); err != nil {
		line := 1
		if e, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, _ = e.Position()
		}
		return nil, line, err
	}
	k := &airKeys{values: make(map[string]any), lines: make(map[string]int), file: name}
	for key, v := range doc {
		k.flatten(key, v)
	}
	var p unstable.Parser
	p.Reset([]byte(text))
	table := ""
	lines := lineCounter{text: text}
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.Table && e.Kind != unstable.KeyValue {
			continue
		}
		var parts []string
		line := 0
		for it := e.Key(); it.Next(); {
			if line == 0 {
				line = lines.at(int(it.Node().Raw.Offset))
			}
			parts = append(parts, string(it.Node().Data))
		}
		key := strings.Join(parts, ".")
		if e.Kind == unstable.Table {
			table = key + "."
			continue
		}
		k.lines[table+key] = line
	}
	return k, 0, nil
}

// flatten enters a value under its dotted name; tables are looked into.
func (k *airKeys) flatten(key string, v any) {
	if inner, ok := v.(map[string]any); ok && strings.Count(key, ".") < 3 {
		for name, v := range inner {
			k.flatten(key+"."+name, v)
		}
		return
	}
	k.values[key] = v
}

func (k *airKeys) at(key string) place {
	if n := k.lines[key]; n > 0 {
		return place{k.file, n}
	}
	if k.from.file != "" {
		return k.from
	}
	return place{k.file, 1}
}

// text returns a string of the file.
func (k *airKeys) text(key string) string {
	s, _ := k.values[key].(string)
	return s
}

// list returns a list of strings; of a string, as command lines have them, what stands between commas.
func (k *airKeys) list(key string) []string {
	var list []string
	switch v := k.values[key].(type) {
	case string:
		for s := range strings.SplitSeq(v, ",") {
			if s = strings.TrimSpace(s); s != "" {
				list = append(list, s)
			}
		}
	case []any:
		for _, v := range v {
			if s, ok := v.(string); ok && s != "" {
				list = append(list, s)
			}
		}
	}
	return list
}

func (k *airKeys) bool(key string) bool {
	switch v := k.values[key].(type) {
	case bool:
		return v
	case string:
		on, _ := strconv.ParseBool(v)
		return on
	}
	return false
}

// number returns an integer of the file, 0 if it is none.
func (k *airKeys) number(key string) int64 {
	switch v := k.values[key].(type) {
	case int64:
		return v
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	}
	return 0
}

// duration returns a time as gorun has it, "" for none: a number is one of milliseconds.
func (k *airKeys) duration(key string) string {
	if n := k.number(key); n != 0 {
		return fmt.Sprintf("%dms", n)
	}
	if s := k.text(key); s != "" && strings.Trim(s, "0smhnµu") != "" {
		return s
	}
	return ""
}
