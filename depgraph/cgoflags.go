package depgraph

import (
	"path/filepath"
	"strings"
)

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
