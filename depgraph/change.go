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
	Kind     Kind        // the furthest of the details'; Reload in place of Rebuild if the graph is stale
	Details  []Detail    // of each path that was asked for; if everything was looked at, of those that changed
	Packages []PackageID // with a changed file, sorted
	Touched  bool        // somebody may have read what is not there now: a file was written, or came and went, and that alone changes nothing
	Rewatch  bool        // directories came or went: WatchDirs may say something else

	facts  map[string]fact       // what was read, for Update
	shown  map[string][]string   // of links that point elsewhere: their new targets
	embeds map[string]*embedding // whose patterns have another result now
	bad    map[string]bool       // of directories that can be listed again, or not any more: the latter
	unseen bool                  // an excluded file changed
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
	// Half says that the file is empty now, or a Go file that begins with a syntax
	// error: it may be that its writer has cut it and will go on.
	Half bool
	// Uncached says that GOCACHE does not know of the file: `go build` would
	// take the package for built.
	Uncached bool
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
