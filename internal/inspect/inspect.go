// Package inspect prints what there is to say about a build instead of running it:
// -why, -slices, -graph and -against.
//
// The invariant: what is printed is depgraph's answer about the files on disk now, under
// the flags of the command line; nothing is started, and nothing is kept of what is built
// to be measured. The JSON is documented in depgraph's README.
//
// The principal type is Program.
//
//	why.go      -why: is a file in the build
//	slices.go   -slices: what each build tag brings in and takes out
//	graph.go    -graph: packages and imports
//	against.go  -against: what other tags would change
//	print.go    rows and JSON
package inspect

import (
	"context"
	"io"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
)

// A Program is one that is asked about.
type Program struct {
	Config depgraph.Config
	Build  func() (incremental.Config, error) // how it is built; called by Against

	Out  io.Writer // standard output
	Fail func(format string, args ...any)
}

// load loads a graph in which nothing is broken.
func load(config depgraph.Config) (*depgraph.Graph, error) {
	g, err := depgraph.Load(context.Background(), config, nil)
	if err != nil {
		return nil, err
	}
	if errs := g.Errors(); len(errs) > 0 {
		return nil, errs[0]
	}
	return g, nil
}
