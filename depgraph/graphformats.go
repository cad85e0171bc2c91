package depgraph

import (
	"fmt"
	"io"
)

// A Document is a graph for others to read: JSON, Graphviz, Mermaid.
type Document struct {
	Main     PackageID `json:"main"`
	Tags     []string  `json:"tags"` // of -tags
	Packages []Node    `json:"packages"`
}

// A Node is a package of a Map. Files are absolute, and known of watched packages
// only.
type Node struct {
	ID       PackageID   `json:"id"`
	Name     string      `json:"name"`
	Standard bool        `json:"standard"` // of the standard library
	Watched  bool        `json:"watched"`  // the user's own
	Module   string      `json:"module,omitempty"`
	Dir      string      `json:"dir,omitempty"`
	Files    []NodeFile  `json:"files,omitempty"`
	Tags     []string    `json:"tags,omitempty"` // that its files mention
	Imports  []PackageID `json:"imports"`
}

// A NodeFile is a file of a Node.
type NodeFile struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	Reason string `json:"reason,omitempty"` // why it is left out
}

// Document returns the packages of the graph, imports before importers.
func (g *Graph) Document() Document {
	d := Document{Main: g.main, Tags: append([]string{}, g.Tags()...)}
	for _, id := range g.order {
		p := g.packages[id]
		n := Node{ID: id, Name: p.Name, Watched: p.Watched, Standard: p.standard(), Dir: p.Dir, Tags: p.Tags}
		n.Imports = append([]PackageID{}, p.Imports...) // [] and not null in JSON
		if p.Module != nil {
			n.Module = p.Module.Path
		}
		for _, f := range p.Files {
			n.Files = append(n.Files, NodeFile{f.Path, f.Kind.String(), f.Reason})
		}
		d.Packages = append(d.Packages, n)
	}
	return d
}

// drawn are the packages for a picture: all but the standard library's.
func (d Document) drawn() (nodes []Node, number map[PackageID]int) {
	number = map[PackageID]int{}
	for _, n := range d.Packages {
		if !n.Standard {
			number[n.ID] = len(nodes)
			nodes = append(nodes, n)
		}
	}
	return nodes, number
}

// WriteDot writes the graph, without the standard library, in Graphviz's language.
func (d Document) WriteDot(w io.Writer) {
	nodes, number := d.drawn()
	fmt.Fprintf(w, "digraph %q {\n\tnode [shape=box]\n", d.Main)
	for _, n := range nodes {
		style := ""
		if !n.Watched {
			style = " [style=dashed]"
		}
		fmt.Fprintf(w, "\t%q%s\n", n.ID, style)
		for _, to := range n.Imports {
			if _, ok := number[to]; ok {
				fmt.Fprintf(w, "\t%q -> %q\n", n.ID, to)
			}
		}
	}
	fmt.Fprintln(w, "}")
}

// WriteMermaid writes the graph, without the standard library, as a flowchart.
func (d Document) WriteMermaid(w io.Writer) {
	nodes, number := d.drawn()
	fmt.Fprintln(w, "flowchart TD")
	for i, n := range nodes {
		fmt.Fprintf(w, "\tp%d[%q]\n", i, n.ID)
	}
	for i, n := range nodes {
		for _, to := range n.Imports {
			if j, ok := number[to]; ok {
				fmt.Fprintf(w, "\tp%d --> p%d\n", i, j)
			}
		}
	}
}
