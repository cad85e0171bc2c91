package generate

import (
	"flag"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/goflags"
)

// named returns the paths that words of a directive name, or would name if there
// were such files. What is named as an output is left out.
func named(d *Directive) []string {
	var paths []string
	add := func(word string) {
		for name := range strings.SplitSeq(word, ",") {
			if name == "" || strings.ContainsAny(name, "\x00\n") || len(name) > lineLimit {
				continue
			}
			path := filepath.FromSlash(name)
			if !filepath.IsAbs(path) {
				path = filepath.Join(d.Dir, path)
			}
			if path = filepath.Clean(path); !slices.Contains(paths, path) && path != d.Dir {
				paths = append(paths, path)
			}
		}
	}
	output := false // the word before says so of the next one
	for i, word := range d.Words {
		if i == 0 {
			if strings.ContainsAny(word, `/\`) {
				add(word)
			}
			continue
		}
		flag := strings.HasPrefix(word, "-")
		name, value, assigned := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case flag && namesOutput(name):
			output = !assigned
			continue
		case flag && assigned:
			add(value)
		case flag, output:
		default:
			add(word)
		}
		output = false
	}
	return paths
}

// outputWords are what generators call the file that they write: stringer -output,
// mockgen -destination, protoc --go_out, and plain -o.
var outputWords = []string{"o", "out", "output", "outfile", "dest", "destination", "dst"}

// namesOutput reports whether a flag of that name says where to write.
func namesOutput(name string) bool {
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' })
	return slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(outputWords, part) })
}

// A call is how a directive starts a generator by its package.
type call struct {
	dir      string   // where the packages are named from
	flags    []string // that decide which files there are
	patterns []string // one package, or .go files
	tool     string   // with `go tool`: its name; then patterns are still to be found
}

// callOf returns the package that a directive runs, nil if it runs a command, or
// another version of a package than the one here. own registers gorun's flags.
func callOf(d *Directive, own func(*flag.FlagSet)) *call {
	if len(d.Words) < 2 {
		return nil
	}
	args := d.Words[1:]
	switch program := strings.TrimSuffix(filepath.Base(filepath.FromSlash(d.Words[0])), ".exe"); {
	case program == "go" && args[0] == "run":
		return runOf(d.Dir, args[1:], nil)
	case program == "go" && args[0] == "tool":
		return toolOf(d.Dir, args[1:])
	case program == "gorun":
		return runOf(d.Dir, args, own)
	}
	return nil
}

func runOf(dir string, args []string, own func(*flag.FlagSet)) *call {
	line, err := goflags.Split(args, own)
	if err != nil || line.Versioned || len(line.Packages) == 0 {
		return nil
	}
	return &call{dir: join(dir, line.Chdir), flags: line.ListFlags(), patterns: line.Packages}
}

// toolOf reads the arguments of `go tool`: its own flags, then the tool's name.
func toolOf(dir string, args []string) *call {
	line, err := goflags.Split(args, nil)
	if err != nil || len(line.Packages) == 0 || line.Files {
		return nil
	}
	return &call{dir: join(dir, line.Chdir), flags: line.ListFlags(), tool: line.Packages[0]}
}

func join(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

func (c *call) key() string {
	return strings.Join(slices.Concat([]string{c.dir, c.tool}, c.flags, []string{"--"}, c.patterns), "\x00")
}

// toolPackage picks the tool that a name means from the import paths of go.mod's
// tool lines (loadModTool in cmd/go/internal/tool); "" if that is none or several.
func toolPackage(name string, tools []string) string {
	var found string
	for _, path := range tools {
		if path != name && commandName(path) != name {
			continue
		}
		if found != "" {
			return ""
		}
		found = path
	}
	return found
}

// commandName is the name of a package's executable: the last element of its import
// path, or the one before a version.
func commandName(path string) string {
	dir, last := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir, last = path[:i], path[i+1:]
	}
	if dir != "" && isVersion(last) {
		return dir[strings.LastIndexByte(dir, '/')+1:]
	}
	return last
}

// isVersion reports whether an element of an import path is a major version: v2 and up.
func isVersion(elem string) bool {
	if len(elem) < 2 || elem[0] != 'v' || elem[1] == '0' || elem == "v1" {
		return false
	}
	return strings.Trim(elem[1:], "0123456789") == ""
}
