package depgraph

import (
	"fmt"
	"slices"
	"strings"
)

// A Kind says how far a change reaches.
type Kind int

const (
	None     Kind = iota // the build cannot see it
	Generate             // not the build's own input: a //go:generate directive runs again; not said by Classify
	Restart              // the executable is the same, the program has to start again
	Rebuild              // contents changed, the graph holds
	Reload               // the graph must be loaded again, and a rebuild follows
)

func (k Kind) String() string {
	return [...]string{"none", "generate", "restart", "rebuild", "reload"}[k]
}

// A Change is what paths mean for a program.
type Change struct {
	Kind             Kind        // the furthest of the details'; Reload in place of Rebuild if the graph is stale
	Details          []Detail    // one for each path that Classify was given; if it was given none, for those that changed
	Packages         []PackageID // with a changed file, sorted
	WatchDirsChanged bool        // directories came or went: WatchDirs may have another answer

	// Touched says that a file was written, or came and went, though its content is
	// what it was. A build under way may have read what was there in between.
	Touched bool

	facts        map[string]fact       // what was read and is news, for Update
	contentFiles map[string][]string   // of links that point elsewhere now: their new targets
	embeddings   map[string]*embedding // whose patterns have another result now
	unreadable   map[string]bool       // of directories that can be listed again, or not any more: the latter
	excluded     []Detail              // changes of excluded files that wait for a change that is acted on
}

// A Detail is what one path means. The reason is in the words of `gorun -why`.
type Detail struct {
	Path     string
	Kind     Kind
	Reason   string
	Packages []PackageID // whose input it is
	File     FileKind    // what it is to them; of use if there are packages

	// Body says that nothing but the code of a Go file changed: its package
	// clause, imports, constraints, directives and cgo preamble are as they were.
	Body bool
	// HalfWritten says that the file may be half written: it is empty now, or a Go file
	// that has a syntax error in its header.
	HalfWritten bool
	// Absent says that the file was there and is not: it was removed, or is about to be replaced.
	Absent bool
	// Uncached says that the go command does not know the file as an input: `go build`
	// would find the package in GOCACHE, built with the old content.
	Uncached bool
	// Loaded says that the program loads the file when it starts: a shared library. The executable may be
	// the same without being the same program.
	Loaded bool
}

func (d Detail) String() string { return fmt.Sprintf("%s: %s: %s", d.Kind, d.Path, d.Reason) }

func (c Change) String() string {
	if len(c.Details) == 0 {
		return c.Kind.String()
	}
	var b strings.Builder
	for i, d := range c.Details {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d.String())
	}
	return b.String()
}

func (c *Change) add(d Detail) {
	c.Details = append(c.Details, d)
	c.Kind = max(c.Kind, d.Kind)
	if d.Kind < Rebuild {
		return
	}
	for _, id := range d.Packages {
		if i, ok := slices.BinarySearch(c.Packages, id); !ok {
			c.Packages = slices.Insert(c.Packages, i, id)
		}
	}
}
