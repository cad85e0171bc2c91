package generate

import (
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
)

// The order in which directives run is that of `go generate ./...` over a program: the
// packages imports first, in a package the files by name, in a file the lines from top to
// bottom. One directive runs at a time. After each the plan is made again and its first
// directive runs: what one has written may be an input of another, also of an earlier one.

// orderFiles returns the files of a program in which there may be directives, in order.
// What is known of a file is kept from old.
func orderFiles(graph *depgraph.Graph, old []directiveFile) []directiveFile {
	var files []directiveFile
	for _, pkg := range graph.DirectivePackages() { // imports before importers
		for _, path := range pkg.Files { // sorted
			f := directiveFile{path: path, dir: pkg.Dir}
			if i := slices.IndexFunc(old, func(f directiveFile) bool { return f.path == path }); i >= 0 {
				f = old[i]
			}
			files = append(files, f)
		}
	}
	return files
}

// orderDirectives returns the directives of files, in order.
func orderDirectives(files []directiveFile) []*Directive {
	var list []*Directive
	for _, f := range files {
		list = append(list, f.source.directives...) // in the order of their lines
	}
	return list
}

// maxRuns is how often one directive runs for one reload. In a chain in which each
// directive writes what an earlier line is made from, a directive runs once more for each
// one that ran too early. What still changes after so many runs is a circle.
const maxRuns = 4

// next returns the first planned directive that may still run.
func (p Plan) next(runs map[string]int) (Planned, bool) {
	for _, d := range p {
		if runs[d.key()] < maxRuns {
			return d, true
		}
	}
	return Planned{}, false
}
