package depgraph

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// Classify says what paths that may have changed mean for the graph; with nil
// paths it looks at everything. It reads files, changes nothing, and answers
// for the moment it is called: of a file written and put back it says None.
// Update makes the graph that has seen what Classify saw.
func Classify(g *Graph, paths []string) Change {
	c := &classifier{g: g, done: map[string]bool{}}
	c.facts, c.shown = map[string]fact{}, map[string][]string{}
	c.embeds, c.bad = map[string]*embedding{}, map[string]bool{}
	if paths == nil {
		c.everything()
	}
	for _, path := range paths {
		c.reported(filepath.Clean(path))
	}
	if g.stale && c.Kind == Rebuild {
		c.Kind = Reload
	}
	return c.Change
}

// A classifier is one call of Classify.
type classifier struct {
	Change
	g    *Graph
	all  bool            // everything is looked at: unchanged files are no detail
	done map[string]bool // paths and embeddings that were looked at

	asked string // the path that was reported, while it and what it shows is looked at
}

func (c *classifier) everything() {
	c.all = true
	for path := range c.g.decides {
		c.look(path)
	}
	for path := range c.g.inputs {
		c.look(path)
	}
	for dir := range c.g.directories {
		c.list(dir)
	}
	for path := range c.g.facts {
		c.newcomer(path)
	}
	for _, e := range c.g.embeds {
		c.embedding(e)
	}
	slices.SortFunc(c.Details, func(a, b Detail) int { return strings.Compare(a.Path, b.Path) })
}

func (c *classifier) add(d Detail) {
	if d.Kind > None && c.g.set.excluded(d.Path) {
		d.Kind, d.Reason = None, "excluded: "+d.Reason
		c.unseen = true
	}
	if !c.all || d.Kind > None {
		c.Change.add(d)
	}
}

// reported is for a path from outside: all that it shows is looked at.
func (c *classifier) reported(path string) {
	places := c.g.locate(path)
	known := slices.ContainsFunc(places, c.g.knows)
	for _, p := range places {
		if known && !c.g.knows(p) {
			continue // only another spelling
		}
		c.asked = p
		c.look(p)
		c.directory(p)
		said := c.embeddings(p)
		if known {
			continue
		}
		if !c.stranger(p) && !said && len(places) == 1 {
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
	_, ok := g.decides[path]
	return ok || len(g.below(path)) > 0
}

// look compares a known file with what is known of it.
func (c *classifier) look(path string) {
	d, decides := c.g.decides[path]
	in := c.g.inputs[path]
	if !decides && in == nil || c.done[path] {
		return
	}
	c.done[path] = true
	if decides {
		c.deciding(path, d)
	}
	if in != nil {
		c.input(path, in)
	}
	if now, looked := c.facts[path]; looked && now.Meta != c.g.facts[path].Meta {
		c.links(path)
	}
}

// links follows the links of a path that was written or replaced.
func (c *classifier) links(path string) {
	if files := c.g.set.overlay.shown(path); !slices.Equal(files, c.g.index.shown[path]) {
		c.shown[path] = files
		c.Rewatch = true
	}
}

// directory is for a path that may be a directory, or have been one.
func (c *classifier) directory(path string) {
	below := c.g.below(path)
	for _, p := range below {
		c.look(p)
		if c.g.directories[p] != nil {
			c.list(p)
		}
	}
	if c.g.directories[path] != nil {
		c.list(path)
	}
	if len(below) > 0 || c.g.directories[path] != nil {
		c.Rewatch = true // it came, went, or was replaced: its watch went with it
	}
}

// embeddings resolves the patterns again that a path may change the result of;
// it reports whether one did. The content of an embedded file does not.
func (c *classifier) embeddings(path string) (said bool) {
	if in := c.g.inputs[path]; in != nil && in.embed && c.facts[path].State == stamp.File && c.g.facts[path].State == stamp.File {
		return false
	}
	for _, e := range c.g.embeds {
		r, _ := e.reach(path)
		if r != onWay && r != inside && !under(path, e.dir) {
			continue
		}
		if isDir(path) {
			c.Rewatch = true
		}
		if (r == inside || r == onWay) && stamp.Stat(path).State == stamp.Absent {
			c.touch(path)
		}
		if c.embedding(e) {
			said = true
		}
	}
	return said
}

// stranger is for a path that the graph does not know: a new file, perhaps. It
// reports whether it had something to say.
func (c *classifier) stranger(path string) bool {
	f := c.g.directories[filepath.Dir(path)]
	return f != nil && f.counts(filepath.Base(path)) && c.newFile(path, f)
}

// newcomer is for a file that was seen to be new: the graph has not been loaded
// since, because it was left out or because that failed.
func (c *classifier) newcomer(path string) {
	if _, decides := c.g.decides[path]; !decides && c.g.inputs[path] == nil {
		c.stranger(path)
	}
}

// list looks for new files in a package's directory.
func (c *classifier) list(dir string) {
	f := c.g.directories[dir]
	if f.named || c.done["list "+dir] {
		return
	}
	c.done["list "+dir] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !f.bad && !os.IsNotExist(err) {
			c.bad[dir] = true
			c.add(Detail{Path: dir, Kind: Reload, Reason: "directory of package " + string(f.pkgs[0]) + " cannot be read", Packages: f.pkgs})
		}
		return // if it is gone, so are its files, and that is said of them
	}
	if f.bad {
		c.bad[dir] = false
		c.add(Detail{Path: dir, Kind: Reload, Reason: "directory of package " + string(f.pkgs[0]) + " can be read again", Packages: f.pkgs})
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if f.counts(e.Name()) && !e.IsDir() && c.g.inputs[path] == nil {
			c.newFile(path, f)
		}
	}
}

// newFile is for a file that appeared in a package's directory.
func (c *classifier) newFile(path string, f *directory) bool {
	g := c.g
	if f.named || g.set.overlay.replaced(path) || c.done[path] {
		return false
	}
	c.done[path] = true
	kind := kindOf(filepath.Base(path))
	before, seen := g.facts[path]
	now := g.set.observe(path, kind, before)
	if !before.Exists() {
		c.cameAndWent(path, now)
	}
	if now.State == stamp.Dir || !now.Exists() && !seen {
		return false
	}
	c.facts[path] = now
	d := Detail{Path: path, Kind: Reload, Packages: f.pkgs, File: kind}
	name := string(f.pkgs[0])
	counted := seen && before.Exists() && f.heeds(kind, before)
	switch v := now.verdict; {
	case seen && before.err == nil && before.Compare(now.Stamp) != stamp.Changed:
		d.Kind, d.Reason = None, "content is the same"
	case !now.Exists() && !counted:
		d.Kind, d.Reason = None, "no such file"
	case !now.Exists():
		d.Reason = "removed from package " + name
	case now.err != nil:
		d.Reason = "new file of package " + name + ", cannot be read"
	case v.Err != nil:
		d.Reason = "new file that breaks package " + name + ": " + v.Err.Error()
	case v.Included:
		d.Reason = "new file of package " + name
	case f.empty && kind == Go:
		d.Reason = "new file in the directory of package " + name + ", which has none in the build: " + v.Reason
	case now.doubt:
		d.Reason = "new file, perhaps of package " + name + ": " + v.Reason
	case counted:
		d.Reason = "left package " + name + " again: " + v.Reason
	default:
		d.Kind, d.Reason = None, v.Reason
	}
	if d.Kind == None && (!seen || before.Meta != now.Meta) {
		c.touch(path)
	}
	c.add(d)
	return true
}

// embedding resolves patterns again; it reports whether the result differs.
func (c *classifier) embedding(e *embedding) bool {
	if c.done["embed "+e.dir] {
		return false
	}
	c.done["embed "+e.dir] = true
	now := c.g.set.overlay.resolve(e.dir, e.patterns)
	if !slices.Equal(now.directories, e.directories) {
		c.Rewatch = true
	}
	if now.equal(e.embedded) {
		return false
	}
	next := *e
	next.embedded = now
	c.embeds[e.dir] = &next
	added, removed := delta(e.files, now.files)
	for _, path := range added {
		if c.g.inputs[path] == nil {
			c.facts[path] = c.g.set.observe(path, Embedded, c.g.facts[path])
		}
		_, pattern := e.reach(path)
		reason := "newly embedded: pattern " + pattern
		if wrong := irregular(path); slices.Contains(now.wrong, wrong) {
			reason = wrong
		}
		c.add(Detail{Path: path, Kind: Reload, Reason: reason, Packages: []PackageID{e.pkg}, File: Embedded})
	}
	for _, path := range removed {
		if _, err := os.Lstat(path); err != nil {
			c.look(path)
			continue
		}
		_, pattern := e.reach(path)
		c.add(Detail{Path: path, Kind: Reload, Reason: "not embedded any more: pattern " + pattern, Packages: []PackageID{e.pkg}, File: Embedded})
	}
	if added == nil && removed == nil {
		words := append(now.wrong, "resolved again")
		c.add(Detail{Path: e.dir, Kind: Reload, Reason: "embed patterns: " + words[0], Packages: []PackageID{e.pkg}, File: Embedded})
	}
	return true
}
