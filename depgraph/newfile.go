package depgraph

import (
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// classifyUnknown is for a path that the graph does not know. It reports whether that is
// a file of a package's directory, so that a detail was added for it.
func (c *classifier) classifyUnknown(path string) bool {
	f := c.g.directories[filepath.Dir(path)]
	return f != nil && f.newNameMatters(filepath.Base(path)) && c.classifyNew(path, f)
}

// recheckNew compares a new file again that an earlier Classify has seen. The graph has
// not been loaded since, because the file was left out or because loading failed.
func (c *classifier) recheckNew(path string) {
	if _, decides := c.g.deciding[path]; !decides && c.g.inputs[path] == nil {
		c.classifyUnknown(path)
	}
}

// listDirectory classifies the new files of a package's directory.
func (c *classifier) listDirectory(dir string) {
	f := c.g.directories[dir]
	if f.byFiles || c.visited["list "+dir] {
		return
	}
	c.visited["list "+dir] = true
	if c.all && f.listing.Proves(stamp.Stat(dir)) {
		return // half of what it costs to compare everything is the listings
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !f.unreadable && !os.IsNotExist(err) {
			c.unreadable[dir] = true
			reason := "directory of package " + string(f.pkgs[0]) + " cannot be read"
			c.add(Detail{Path: dir, Kind: Reload, Reason: reason, Packages: f.pkgs})
		}
		return // if it is gone, so are its files, and each of those has a detail
	}
	if f.unreadable {
		c.unreadable[dir] = false
		reason := "directory of package " + string(f.pkgs[0]) + " can be read again"
		c.add(Detail{Path: dir, Kind: Reload, Reason: reason, Packages: f.pkgs})
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if f.newNameMatters(e.Name()) && !e.IsDir() && c.g.inputs[path] == nil {
			c.classifyNew(path, f)
		}
	}
}

// classifyNew says what a file means that appeared in a package's directory.
func (c *classifier) classifyNew(path string, f *directory) bool {
	g := c.g
	if f.byFiles || g.set.overlay.replaced(path) || c.visited[path] {
		return false
	}
	c.visited[path] = true
	kind := kindOf(filepath.Base(path))
	before, seen := g.facts[path]
	now := g.set.readFact(path, kind, before)
	if !before.Exists() {
		c.noteTransient(path, now)
	}
	if now.State == stamp.Dir || !now.Exists() && !seen {
		return false
	}
	c.facts[path] = now
	d := Detail{Path: path, Kind: Reload, Packages: f.pkgs, File: kind}
	name := string(f.pkgs[0])
	counted := seen && before.Exists() && f.fileMatters(kind, before)
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
	case f.noGoFile && kind == Go:
		d.Reason = "new file in the directory of package " + name + ", which has none in the build: " + v.Reason
	case now.uncertain:
		d.Reason = "new file, perhaps of package " + name + ": " + v.Reason
	case counted:
		d.Reason = "left package " + name + " again: " + v.Reason
	default:
		d.Kind, d.Reason = None, v.Reason
	}
	if d.Kind == None && (!seen || before.Meta != now.Meta) {
		c.noteTouched(path)
	}
	c.add(d)
	return true
}
