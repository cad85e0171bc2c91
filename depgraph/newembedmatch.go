package depgraph

import (
	"os"
	"slices"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// A file that begins or ceases to match an embed pattern is found by resolving the
// pattern again and comparing the two results. Each new match is a reload of the graph.

// resolveEmbeddings resolves the patterns again whose result a path may change, and
// reports whether one did. Another content of an embedded file cannot change a result.
func (c *classifier) resolveEmbeddings(path string) (changed bool) {
	wasFile, isFile := c.g.facts[path].State == stamp.File, c.factOf(path).State == stamp.File
	if in := c.g.inputs[path]; in != nil && in.isEmbedded && wasFile && isFile {
		return false
	}
	for _, e := range c.g.embeddings {
		r, _ := e.reach(path)
		if r != onWay && r != inside && !under(path, e.dir) {
			continue
		}
		if isDir(path) {
			c.WatchDirsChanged = true
		}
		if (r == inside || r == onWay) && stamp.Stat(path).State == stamp.Absent {
			c.noteTouched(path)
		}
		if c.resolveEmbedding(e) {
			changed = true
		}
	}
	return changed
}

// resolveEmbedding resolves the patterns of one package again and adds a detail for each
// match that is new or gone. It reports whether the result differs.
func (c *classifier) resolveEmbedding(e *embedding) bool {
	if c.visited["embed "+e.dir] {
		return false
	}
	c.visited["embed "+e.dir] = true
	now := c.g.set.overlay.resolve(e.dir, e.patterns)
	if !slices.Equal(now.directories, e.directories) {
		c.WatchDirsChanged = true
	}
	if now.equal(e.embedResult) {
		return false
	}
	next := *e
	next.embedResult = now
	c.embeddings[e.dir] = &next
	added, removed := delta(e.files, now.files)
	for _, path := range added {
		if c.g.inputs[path] == nil {
			c.facts[path] = c.g.set.readFact(path, Embedded, c.g.facts[path])
		}
		_, pattern := e.reach(path)
		reason := "newly embedded: pattern " + pattern
		if err := (embedError{path, irregular(path)}); slices.Contains(now.errors, err) {
			reason = err.text
		}
		c.add(Detail{Path: path, Kind: Reload, Reason: reason, Packages: []PackageID{e.pkg}, File: Embedded})
	}
	for _, path := range removed {
		if _, err := os.Lstat(path); err != nil {
			c.compareKnown(path)
			continue
		}
		_, pattern := e.reach(path)
		reason := "not embedded any more: pattern " + pattern
		c.add(Detail{Path: path, Kind: Reload, Reason: reason, Packages: []PackageID{e.pkg}, File: Embedded})
	}
	named := c.addEmbedErrors(e, now, added, removed)
	if !named && added == nil && removed == nil {
		reason := "embed patterns: resolved again"
		for _, err := range now.errors {
			if err.path == "" {
				reason = "embed patterns: " + err.text
			}
		}
		c.add(Detail{Path: e.dir, Kind: Reload, Reason: reason, Packages: []PackageID{e.pkg}, File: Embedded})
	}
	return true
}

// addEmbedErrors adds a detail for each file that cannot be embedded, if it is new or gone
// and not among the files that were added or removed. It reports whether there was one.
func (c *classifier) addEmbedErrors(e *embedding, now embedResult, added, removed []string) (named bool) {
	for _, err := range slices.Concat(now.errors, e.errors) {
		isNew, wasThere := slices.Contains(now.errors, err), slices.Contains(e.errors, err)
		if err.path == "" || isNew == wasThere || slices.Contains(added, err.path) || slices.Contains(removed, err.path) {
			continue
		}
		reason := "embed patterns: " + err.text
		if wasThere {
			reason = "can be embedded now"
			if _, err := os.Lstat(err.path); err != nil {
				reason = "was removed"
			}
		}
		c.add(Detail{Path: err.path, Kind: Reload, Reason: reason, Packages: []PackageID{e.pkg}, File: Embedded})
		named = true
	}
	return named
}
