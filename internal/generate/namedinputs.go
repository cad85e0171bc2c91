package generate

import (
	"path/filepath"
	"slices"
	"strings"
)

// namedPaths returns the paths that words of a directive name, or would name if there
// were such files. What is named as an output is left out.
func namedPaths(d *Directive) []string {
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
