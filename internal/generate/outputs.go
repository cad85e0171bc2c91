package generate

import (
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// What a directive writes is known in part: files that its words name as outputs, and
// files of its package's directory that it was seen to write. Another file that is saved
// there while it runs is no output, unless it is new or marked as generated.

// listDir returns the metadata of the files in a directive's directory.
func (g *Generator) listDir(d *Directive) map[string]stamp.Meta {
	files := map[string]stamp.Meta{}
	for _, e := range g.observer.list(d.Dir) {
		if path := filepath.Join(d.Dir, e.name); !e.dir {
			files[path] = stamp.Stat(path)
		}
	}
	return files
}

// findOutputs returns the files that a directive has written, sorted. before is its
// directory before it ran, known what it wrote in earlier runs.
func (g *Generator) findOutputs(d *Directive, before map[string]stamp.Meta, known []string) []string {
	found := map[string]bool{}
	for _, path := range slices.Concat(namedOutputs(d), known) {
		found[path] = stamp.Stat(path).State == stamp.File
	}
	for path, now := range g.listDir(d) {
		was, there := before[path]
		if now.State == stamp.File && was != now && (!there || g.observer.readFact(path).generated) {
			found[path] = true
		}
	}
	var outputs []string
	for path, is := range found {
		if is {
			outputs = append(outputs, path)
		}
	}
	slices.Sort(outputs)
	return outputs
}

// missingOutput returns an output of a directive that is not there, "" if there is none.
// Of one that has never run, as far as is known, no output is known, either: a path that
// its words name and that is not there may be an output that nobody wants.
func (st *directiveState) missingOutput() string {
	for _, path := range st.outputs {
		if stamp.Stat(path).State == stamp.Absent {
			return path
		}
	}
	return ""
}
