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

// isWritten reports whether an input of a directive that is there is what it writes: it was
// seen to write it, or the file is named in it and marked as generated, and no other
// directive is known to write it. Of several that name the file the first is taken for its
// writer: the others run after it.
func (g *Generator) isWritten(d *Directive, path string, now input) bool {
	switch {
	case now.State != stamp.File:
		return false // to be made again
	case slices.Contains(g.states[d.key()].outputs, path):
		return true
	case now.how != namedInIt || !now.generated && !g.states[d.key()].lastInputs.files[path].generated:
		return false // an edit may have removed the mark
	}
	first := true
	for _, other := range g.directives {
		switch named, outputs := splitNamed(other); {
		case other.key() == d.key():
			first = false
		case slices.Contains(outputs, path), slices.Contains(g.states[other.key()].outputs, path),
			first && slices.Contains(named, path):
			return false
		}
	}
	return true
}
