package depgraph

import (
	"bytes"
	"path/filepath"
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

// cFlags is what #cgo lines and CGO_* variables tell of files.
type cFlags struct {
	search   []string // directories of -I, -iquote, -isystem
	included []string // files of -include
	libs     []string // files named to the linker, and what -L and -l may find
}

// parse adds the flags of a list in which relative paths begin at dir.
func (c *cFlags) parse(dir string, args []string) {
	var libDirs, libs []string
	for i := 0; i < len(args); i++ {
		arg := strings.ReplaceAll(args[i], "${SRCDIR}", dir)
		next := func(flag string) (string, bool) {
			v, ok := strings.CutPrefix(arg, flag)
			if ok && v == "" && i+1 < len(args) {
				i++
				v = strings.ReplaceAll(args[i], "${SRCDIR}", dir)
			}
			return v, ok && v != ""
		}
		abs := func(p string) string {
			if !filepath.IsAbs(p) {
				p = filepath.Join(dir, p)
			}
			return filepath.Clean(p)
		}
		if v, ok := next("-include"); ok {
			c.included = append(c.included, abs(v))
		} else if v, ok := next("-iquote"); ok {
			c.search = append(c.search, abs(v))
		} else if v, ok := next("-isystem"); ok {
			c.search = append(c.search, abs(v))
		} else if v, ok := next("-I"); ok {
			c.search = append(c.search, abs(v))
		} else if v, ok := next("-L"); ok {
			libDirs = append(libDirs, abs(v))
		} else if v, ok := next("-l"); ok {
			libs = append(libs, v)
		} else if !strings.HasPrefix(arg, "-") && filepath.Ext(arg) != "" {
			c.libs = append(c.libs, abs(arg))
		}
	}
	for _, d := range libDirs {
		for _, l := range libs {
			for _, name := range []string{"lib" + l + ".a", "lib" + l + ".so", "lib" + l + ".dylib"} {
				c.libs = append(c.libs, filepath.Join(d, name))
			}
		}
	}
}

// parseLine adds one #cgo line. Its conditions are not evaluated: more is
// searched than is needed.
func (c *cFlags) parseLine(dir, line string) {
	head, args, ok := strings.Cut(line, ":")
	if !ok {
		return
	}
	for _, verb := range []string{"CFLAGS", "CPPFLAGS", "CXXFLAGS", "FFLAGS", "LDFLAGS"} {
		if strings.HasSuffix(strings.TrimSpace(head), verb) {
			c.parse(dir, splitFlags(args))
			return
		}
	}
}
