package depgraph

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// compare compares a file with what was known of it. One that cannot be read is
// changed once, not again and again.
func (f fact) compare(now fact) stamp.Verdict {
	if f.err != nil && now.err != nil && f.Meta == now.Meta || f.State == stamp.Unknown && now.State == stamp.Unknown {
		return stamp.Same
	}
	if f.err != nil || now.err != nil {
		return stamp.Changed
	}
	return f.Compare(now.Stamp)
}

// deciding compares a file that decides how the go command sees everything.
func (c *classifier) deciding(path string, d deciding) {
	before := c.g.facts[path]
	now := c.g.set.observeDeciding(path, d, before)
	detail := Detail{Path: path, Kind: Reload, Uncached: d.uncached}
	switch v := before.compare(now); {
	case d.link && before.target == now.target:
		detail.Kind, detail.Reason = None, "points where it did"
	case d.link:
		detail.Reason = d.what + " points elsewhere"
	case v == stamp.Same, v == stamp.Touched:
		if v == stamp.Touched && now.State == stamp.File {
			c.touch(path)
		}
		c.cameAndWent(path, now)
		detail.Kind, detail.Reason = None, d.what+": content is the same"
		if !now.Exists() {
			detail.Reason = d.what + ": still absent"
		}
	case now.err != nil, now.State == stamp.Unknown:
		detail.Reason = d.what + " cannot be read"
	case !before.Exists():
		detail.Reason = d.what + " appeared"
	case !now.Exists():
		detail.Reason = d.what + " was removed"
	default:
		detail.Reason = d.what + " changed"
	}
	if now.Stamp != before.Stamp || now.target != before.target || (now.err == nil) != (before.err == nil) {
		c.facts[path] = now
	}
	c.add(detail)
}

// input compares a file of a package.
func (c *classifier) input(path string, in *input) {
	before := c.g.facts[path]
	now := c.g.set.observe(path, in.kind, before)
	d := Detail{Path: path, Packages: in.users, File: in.kind, Uncached: in.kind == Included}
	switch before.compare(now) {
	case stamp.Touched:
		c.touch(path)
		fallthrough
	case stamp.Same:
		c.cameAndWent(path, now)
		c.facts[path] = now
		d.Reason = "content is the same"
		if in.kind == Ignored && !in.embed {
			d.Reason = c.g.leftOut(path, now)
		} else if !now.Exists() {
			d.Reason = "still absent"
		}
		c.add(d)
		return
	}
	c.facts[path] = now
	switch {
	case in.kind == Ignored && !(in.embed && before.State != now.State):
		c.ignored(&d, before, now)
	case in.kind == Profile:
		d.Kind, d.Reason = Rebuild, "profile "+changeWord(before, now)
	case before.Exists() != now.Exists() || now.State != stamp.File:
		d.Kind, d.Reason = Reload, changeWord(before, now)
	case now.err != nil:
		d.Kind, d.Reason = Rebuild, "cannot be read"
	case in.kind == Embedded:
		d.Kind, d.Reason = Rebuild, "content changed"
	default:
		c.source(&d, before, now)
	}
	if d.Kind == Rebuild && slices.ContainsFunc(in.users, c.g.broken) {
		d.Kind = Reload // what was listed of such a package may not be all
	}
	if in.embed && d.Kind > None {
		d.Reason = c.g.embeddedBy(in) + ": " + d.Reason
	}
	if in.embed && d.Kind == None && now.State == stamp.File {
		d.Kind, d.Reason = Rebuild, c.g.embeddedBy(in)+": content changed"
	}
	d.Half = d.Kind > None && now.State == stamp.File && (now.Size == 0 || now.syntax != nil)
	c.add(d)
}

// touch notes that a file was written, though nothing has come of it that counts. A build
// under way may have read what was there for a moment, an empty file for one.
func (c *classifier) touch(path string) {
	c.Touched = c.Touched || !c.g.set.excluded(path)
}

// cameAndWent is for a path that was absent before: if it is now, and was reported, it may
// have been there in between.
func (c *classifier) cameAndWent(path string, now fact) {
	if !now.Exists() && path == c.asked {
		c.touch(path)
	}
}

// broken reports whether the go command has something against a package.
func (g *Graph) broken(id PackageID) bool {
	p := g.packages[id]
	return p == nil || len(p.Errors) > 0
}

func changeWord(before, now fact) string {
	switch {
	case now.State == stamp.Unknown:
		return "cannot be read"
	case !before.Exists():
		return "appeared"
	case !now.Exists():
		return "was removed"
	}
	return "changed"
}

// ignored is for a file that was left out when the graph was loaded and has another
// content now.
func (c *classifier) ignored(d *Detail, before, now fact) {
	d.Kind = Reload
	name := string(d.Packages[0])
	// Since the graph was loaded it may have been let in; then a build has it.
	counted := before.Exists() && before.verdict.Included
	switch {
	case now.verdict.Err != nil && now.Exists():
		d.Reason = "breaks package " + name + ": " + now.verdict.Err.Error()
	case before.verdict.Err != nil:
		d.Reason = "does not break package " + name + " any more"
	case now.err != nil && !counted:
		d.Kind, d.Reason = None, "cannot be read"
	case kindOf(d.Path) == Go && c.g.directories[filepath.Dir(d.Path)].empty && !now.verdict.Included:
		d.Reason = changeWord(before, now) + " in the directory of package " + name + ", which has no file in the build"
	case !now.Exists() && counted:
		d.Reason = "removed from package " + name
	case !now.Exists() && before.doubt:
		d.Reason = "removed, perhaps from package " + name
	case !now.Exists():
		d.Kind, d.Reason = None, "was removed, was not in the build"
	case now.verdict.Included:
		d.Reason = "now a file of package " + name
		if now.verdict.Reason != "" {
			d.Reason += ": " + now.verdict.Reason
		}
	case now.doubt && !sameConstraint(before, now):
		d.Reason = "perhaps a file of package " + name + ": " + now.verdict.Reason
	case before.doubt && !sameConstraint(before, now):
		d.Reason = "perhaps left package " + name + ": " + now.verdict.Reason
	case counted:
		d.Reason = "left package " + name + " again: " + now.verdict.Reason
	default:
		d.Kind, d.Reason = None, now.verdict.Reason
	}
	if d.Kind == None {
		c.touch(d.Path)
	}
}

func sameConstraint(before, now fact) bool {
	return before.header != nil && now.header != nil && before.header.constraint == now.header.constraint
}

// source is for a Go, C or assembly file with another content.
func (c *classifier) source(d *Detail, before, now fact) {
	switch v := now.verdict; {
	case v.Err != nil:
		d.Kind, d.Reason = Rebuild, "content changed, "+v.Err.Error()
		return
	case now.syntax != nil:
		d.Kind, d.Reason = Rebuild, "content changed, "+firstError(now.syntax)
		return
	case !v.Included && d.File != Included:
		d.Kind, d.Reason = Reload, "left the build: "+v.Reason
		return
	}
	if d.File == Syso || now.header == nil {
		d.Kind, d.Reason = Rebuild, "content changed"
		return
	}
	if before.header == nil {
		d.Kind, d.Reason = Reload, "content changed, imports are known now"
		return
	}
	diffs := now.header.diff(before.header)
	if len(diffs) == 0 {
		d.Kind, d.Reason, d.Body = Rebuild, "content changed", d.File == Go
		return
	}
	var words []string
	shape := now.doubt && !sameConstraint(before, now)
	for _, diff := range diffs {
		words = append(words, diff.words)
		if diff.shape && !(strings.HasPrefix(diff.words, "imports") && c.sameImports(d)) {
			shape = true
		}
	}
	d.Kind, d.Reason = Rebuild, strings.Join(words, ", ")
	if shape {
		d.Kind = Reload
	}
}

// firstError is the first line of a syntax error, "line:column: message" of a scanner.ErrorList.
func firstError(err error) string {
	text, _, _ := strings.Cut(err.Error(), " (and ")
	return text
}

// sameImports reports whether the package of a changed file imports what it did:
// another file of it imports the same. cgo is a matter of the single file.
func (c *classifier) sameImports(d *Detail) bool {
	union := func(fact func(path string) fact) []string {
		set := map[string]bool{}
		for path, in := range c.g.inputs {
			f := fact(path)
			if in.kind != Go || f.header == nil || !slices.Equal(in.users, d.Packages) {
				continue
			}
			for _, imp := range f.header.imports {
				if imp == "C" {
					imp += " of " + path
				}
				set[imp] = true
			}
		}
		return sorted(set)
	}
	return slices.Equal(
		union(func(path string) fact { return c.g.facts[path] }),
		union(func(path string) fact {
			if f, ok := c.facts[path]; ok {
				return f
			}
			return c.g.facts[path]
		}))
}
