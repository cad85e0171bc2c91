package depgraph

import (
	"bytes"
	"slices"
	"strings"
)

// The headers that C code includes are found by following its #include lines,
// as `cpp -MM` would but without evaluating conditions: what stands under an
// #if counts. Rejected: watching -I directories whole, which for -I. or -I.. is
// somebody's node_modules; and asking the C compiler, 20 ms and more a file.
// The directories of the system and of the module cache are not searched.

// An include is the argument of one #include line.
type include struct {
	name   string // as it stands; "" where a macro is included
	angled bool   // <name>: not searched beside the file
}

func (i include) String() string {
	switch {
	case i.name == "":
		return "(macro)"
	case i.angled:
		return "<" + i.name + ">"
	}
	return `"` + i.name + `"`
}

func includeLines(list []include) []string {
	var lines []string
	for _, i := range list {
		lines = append(lines, i.String())
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// parseIncludes finds the #include lines of C, C++, Objective-C and assembly.
func parseIncludes(src []byte) []include {
	if !bytes.Contains(src, []byte("#")) {
		return nil
	}
	var list []include
	for line := range bytes.Lines(src) {
		rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("#"))
		if !ok {
			continue
		}
		rest = bytes.TrimLeft(rest, " \t")
		for _, verb := range []string{"include_next", "include", "import"} {
			if arg, ok := bytes.CutPrefix(rest, []byte(verb)); ok {
				list = append(list, parseInclude(strings.TrimSpace(string(arg))))
				break
			}
		}
	}
	return list
}

func parseInclude(arg string) include {
	if len(arg) > 1 {
		switch arg[0] {
		case '"':
			if name, _, ok := strings.Cut(arg[1:], `"`); ok {
				return include{name: name}
			}
		case '<':
			if name, _, ok := strings.Cut(arg[1:], ">"); ok {
				return include{name: name, angled: true}
			}
		}
	}
	return include{}
}
