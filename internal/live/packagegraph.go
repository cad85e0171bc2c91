package live

import "github.com/gorun-dev/gorun/depgraph"

// A PackageGraph is depgraph's Graph as the loop wants it.
type PackageGraph struct{ *depgraph.Graph }

func (g PackageGraph) Classify(paths []string) (depgraph.Change, Graph) {
	change := depgraph.Classify(g.Graph, paths)
	return change, PackageGraph{g.Update(change)}
}
