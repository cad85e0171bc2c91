package generate

import (
	"path/filepath"
	"slices"
	"strings"
)

// namedPaths returns the paths that words of a directive name, or would name if there
// were such files. What is named as an output is left out.
func namedPaths(d *Directive) []string {
	inputs, _ := splitNamed(d)
	return inputs
}

// namedOutputs returns the paths that words of a directive name as its outputs.
func namedOutputs(d *Directive) []string {
	_, outputs := splitNamed(d)
	return outputs
}

// splitNamed returns the paths that words of a directive name as inputs and as outputs.
func splitNamed(d *Directive) (inputs, outputs []string) {
	add := func(paths []string, word string) []string {
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
		return paths
	}
	output := false // the word before says so of the next one
	for i, word := range d.Words {
		if i == 0 {
			if strings.ContainsAny(word, `/\`) {
				inputs = add(inputs, word)
			}
			continue
		}
		flag := strings.HasPrefix(word, "-")
		name, value, assigned := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case flag && namesOutput(name):
			if output = !assigned; assigned {
				outputs = add(outputs, value)
			}
			continue
		case flag && assigned:
			inputs = add(inputs, value)
		case flag:
		case output:
			outputs = add(outputs, word)
		default:
			inputs = add(inputs, word)
		}
		output = false
	}
	return inputs, outputs
}

// outputWords are what generators call the file that they write: stringer -output,
// mockgen -destination, protoc --go_out, and plain -o.
var outputWords = []string{"o", "out", "output", "outfile", "dest", "destination", "dst"}

// namesOutput reports whether a flag of that name says where to write.
func namesOutput(name string) bool {
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' })
	return slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(outputWords, part) })
}
