package depgraph

import (
	"path/filepath"
	"slices"
	"strings"
)

// Classify says what paths that may have changed mean for the graph; with nil paths it
// compares all files of the graph. It reads files and changes nothing. Its answer is for
// the moment of the call: of a file that was written and put back it says None. Update
// makes the graph that knows what Classify has read.
func Classify(g *Graph, paths []string) Change {
	c := &classifier{g: g, visited: map[string]bool{}}
	c.facts, c.contentFiles = map[string]fact{}, map[string][]string{}
	c.embeddings, c.unreadable = map[string]*embedding{}, map[string]bool{}
	if paths == nil {
		c.classifyAll()
	}
	for _, path := range paths {
		c.classifyPath(filepath.Clean(path))
	}
	c.addExcluded()
	if g.stale && c.Kind == Rebuild {
		c.Kind = Reload
	}
	return c.Change
}

// A classifier is one call of Classify.
type classifier struct {
	Change
	g       *Graph
	all     bool            // no paths were given, so that unchanged files are no detail
	visited map[string]bool // paths and embeddings that were compared

	reported string // the path that was given, while it and what it stands for is compared
}

func (c *classifier) classifyAll() {
	c.all = true
	for path := range c.g.deciding {
		c.compareKnown(path)
	}
	for path := range c.g.inputs {
		c.compareKnown(path)
	}
	for dir := range c.g.directories {
		c.listDirectory(dir)
	}
	for path := range c.g.facts {
		c.recheckNew(path)
	}
	for _, e := range c.g.embeddings {
		c.resolveEmbedding(e)
	}
	slices.SortFunc(c.Details, func(a, b Detail) int { return strings.Compare(a.Path, b.Path) })
}

func (c *classifier) add(d Detail) {
	if d.Kind > None && c.g.set.excluded(d.Path) {
		d.Reason = "excluded: " + d.Reason
		c.excluded = append(c.excluded, d)
		d.Kind = None
	}
	if !c.all || d.Kind > None {
		c.Change.add(d)
	}
}

// addExcluded deals with changes of excluded files. They start no build, but the next one has
// them in it: so they are part of the first change that starts one, and wait until then.
func (c *classifier) addExcluded() {
	for _, d := range c.g.excluded {
		if !slices.ContainsFunc(c.excluded, func(newer Detail) bool { return newer.Path == d.Path }) {
			c.excluded = append(c.excluded, d)
		}
	}
	if c.Kind < Rebuild {
		return
	}
	for _, d := range c.excluded {
		c.Details = slices.DeleteFunc(c.Details, func(same Detail) bool { return same.Path == d.Path && same.Kind == None })
		c.Change.add(d)
	}
	c.excluded = nil
}

// classifyPath classifies a path that was given, and every path of the graph that it
// stands for.
func (c *classifier) classifyPath(path string) {
	places := c.g.graphPaths(path)
	known := slices.ContainsFunc(places, c.g.knows)
	for _, p := range places {
		if known && !c.g.knows(p) {
			continue // only another spelling
		}
		c.reported = p
		c.compareKnown(p)
		c.classifyBelow(p)
		said := c.resolveEmbeddings(p)
		if known {
			continue
		}
		if !c.classifyUnknown(p) && !said && len(places) == 1 {
			_, reason := c.g.Why(p)
			c.add(Detail{Path: p, Reason: reason})
		}
	}
}

// knows reports whether a path, or anything below it, is part of the graph.
func (g *Graph) knows(path string) bool {
	if g.inputs[path] != nil || g.directories[path] != nil {
		return true
	}
	_, ok := g.deciding[path]
	return ok || len(g.below(path)) > 0
}

// compareKnown compares a path of the graph with what is known of it.
func (c *classifier) compareKnown(path string) {
	d, decides := c.g.deciding[path]
	in := c.g.inputs[path]
	if !decides && in == nil || c.visited[path] {
		return
	}
	c.visited[path] = true
	if decides {
		c.compareDeciding(path, d)
	}
	if in != nil {
		c.compareInput(path, in)
	}
	if now, looked := c.facts[path]; looked && now.Meta != c.g.facts[path].Meta {
		c.followLinks(path)
	}
}

// factOf returns what is known of a path now, whether or not it was compared.
func (c *classifier) factOf(path string) fact {
	if now, ok := c.facts[path]; ok {
		return now
	}
	return c.g.facts[path]
}

// followLinks follows the links of a path that was written or replaced.
func (c *classifier) followLinks(path string) {
	if files := c.g.set.overlay.contentFiles(path); !slices.Equal(files, c.g.pathIndex.contentFiles[path]) {
		c.contentFiles[path] = files
		c.WatchDirsChanged = true
	}
}

// classifyBelow is for a path that may be a directory, or have been one: all that the
// graph knows below it is compared.
func (c *classifier) classifyBelow(path string) {
	below := c.g.below(path)
	for _, p := range below {
		c.compareKnown(p)
		if c.g.directories[p] != nil {
			c.listDirectory(p)
		}
	}
	if c.g.directories[path] != nil {
		c.listDirectory(path)
	}
	if len(below) > 0 || c.g.directories[path] != nil {
		c.WatchDirsChanged = true // it came, went, or was replaced: its watch went with it
	}
}
