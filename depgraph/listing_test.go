package depgraph

import (
	"maps"
	"testing"

	"github.com/gorun-dev/gorun/internal/stamp"
)

const listingProgram = `
-- go.mod --
module m

go 1.24
-- main.go --
package main

import "m/lib"

func main() { lib.F() }
-- lib/lib.go --
package lib

func F() {}
-- lib/left_windows.go --
package lib
`

// proveListings makes the listings what they are of directories that are old.
func proveListings(g *Graph) *Graph {
	next := *g
	next.directories = maps.Clone(g.directories)
	for dir, d := range next.directories {
		old := *d
		old.listing = stamp.Stamp{Meta: stamp.Stat(dir), Conclusive: true}
		next.directories[dir] = &old
	}
	return &next
}

// Where a directory is proof that no name has come it is not listed; where it is not, what came is found.
func TestListingOfAnOldDirectory(t *testing.T) {
	p := newProgram(t, listingProgram, ".")
	p.load()
	g := proveListings(p.g)
	if c := Classify(g, nil); c.Kind != None {
		t.Fatalf("before any change: %+v", c)
	}
	for _, name := range []string{"new.go", "left_plan9.go"} {
		path := p.path("lib/" + name)
		p.put("lib/"+name, "package lib\n")
		want := Reload
		if name != "new.go" {
			want = None
		}
		c := Classify(g, nil)
		if c.Kind != want {
			t.Errorf("%s came: %+v, want kind %v", name, c, want)
		}
		if _, read := g.Update(c).facts[path]; !read {
			t.Errorf("%s came, and was not read", name)
		}
		// With a proof that is none the file stays unseen: so the proof is what spares the listing.
		if _, read := g.Update(Classify(proveListings(g), nil)).facts[path]; read {
			t.Errorf("%s was read, though the directory was said to be the same", name)
		}
		p.remove("lib/" + name)
	}
}

// A directory that cannot be listed proves nothing.
func TestListingOfNoDirectory(t *testing.T) {
	p := newProgram(t, listingProgram, ".")
	p.load()
	for dir, d := range p.g.directories {
		if d.listing.State != stamp.Dir {
			t.Errorf("%s: %+v", dir, d.listing)
		}
	}
	d := &directory{listing: stamp.Stamp{Conclusive: true}}
	b := &builder{g: &Graph{}, set: p.g.set}
	b.addUnlisted(p.path("main.go"), d)
	if d.listing != (stamp.Stamp{}) {
		t.Errorf("what cannot be listed: %+v", d.listing)
	}
}

// Comparing everything notes only what is news: the graph stays the one that it was.
func TestComparingEverythingKeepsTheGraph(t *testing.T) {
	p := newProgram(t, listingProgram, ".")
	p.load()
	old := *p.g
	old.facts = maps.Clone(p.g.facts)
	for path, f := range old.facts {
		f.Conclusive = true
		old.facts[path] = f
	}
	g := &old
	if next := g.Update(Classify(g, nil)); next != g {
		t.Error("nothing has changed, and the graph is another")
	}
	path := p.path("lib/lib.go")
	p.put("lib/lib.go", "package lib\n\nfunc F() {  }\n")
	c := Classify(g, nil)
	if next := g.Update(c); c.Kind != Rebuild || next == g || next.facts[path].Sum == g.facts[path].Sum {
		t.Errorf("a change is not noted: %+v", c)
	}
}
