package depgraph

import (
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// compare compares a file with what was known of it. A file that cannot be read counts as
// changed once, when that begins, and not again with each comparison.
func (f fact) compare(now fact) stamp.Verdict {
	if f.err != nil && now.err != nil && f.Meta == now.Meta || f.State == stamp.Unknown && now.State == stamp.Unknown {
		return stamp.Same
	}
	if f.err != nil || now.err != nil {
		return stamp.Changed
	}
	return f.Compare(now.Stamp)
}

// compareInput compares a file of a package with what was known of it.
func (c *classifier) compareInput(path string, in *input) {
	before := c.g.facts[path]
	now := c.g.set.readFact(path, in.kind, before)
	d := Detail{Path: path, Packages: in.users, File: in.kind, Uncached: in.kind == Included,
		Loaded: in.kind == Included && isSharedLibrary(path)}
	switch before.compare(now) {
	case stamp.Touched:
		c.noteTouched(path)
		fallthrough
	case stamp.Same:
		c.noteTransient(path, now)
		if !before.known(now) {
			c.facts[path] = now
		}
		d.Reason = "content is the same"
		if in.kind == Ignored && !in.isEmbedded {
			d.Reason = c.g.reasonLeftOut(path, now)
		} else if !now.Exists() {
			d.Reason = "still absent"
		}
		c.add(d)
		return
	}
	c.facts[path] = now
	switch {
	case in.kind == Ignored && !(in.isEmbedded && before.State != now.State):
		c.compareLeftOut(&d, before, now)
	case in.kind == PGOProfile:
		d.Kind, d.Reason = Rebuild, "profile "+changeWord(before, now)
	case before.Exists() != now.Exists() || now.State != stamp.File:
		d.Kind, d.Reason = Reload, changeWord(before, now)
	case now.err != nil:
		d.Kind, d.Reason = Rebuild, "cannot be read"
	case in.kind == Embedded:
		d.Kind, d.Reason = Rebuild, "content changed"
	default:
		c.compareSource(&d, before, now)
	}
	if d.Kind == Rebuild && slices.ContainsFunc(in.users, c.g.hasErrors) {
		d.Kind = Reload // what was listed of such a package may not be all
	}
	if in.isEmbedded && d.Kind > None {
		d.Reason = c.g.embeddedBy(in) + ": " + d.Reason
	}
	if in.isEmbedded && d.Kind == None && now.State == stamp.File {
		d.Kind, d.Reason = Rebuild, c.g.embeddedBy(in)+": content changed"
	}
	d.Absent = d.Kind > None && !now.Exists()
	d.HalfWritten = d.Kind > None && now.State == stamp.File && (now.Size == 0 || now.syntax != nil)
	c.add(d)
}

// noteTouched notes that a file was written, though its content is what it was. A build
// under way may have read what was there for a moment, an empty file for one.
func (c *classifier) noteTouched(path string) {
	c.Touched = c.Touched || !c.g.set.excluded(path)
}

// noteTransient is for a path that was absent before. If it was reported and is absent
// now, too, a file may have been there in between.
func (c *classifier) noteTransient(path string, now fact) {
	if !now.Exists() && path == c.reported {
		c.noteTouched(path)
	}
}

// hasErrors reports whether the go command has something against a package.
func (g *Graph) hasErrors(id PackageID) bool {
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

// compareSource says what follows from another content of a Go, C or assembly file.
func (c *classifier) compareSource(d *Detail, before, now fact) {
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
	shape := now.uncertain && !sameConstraint(before, now)
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

// sameImports reports whether the package of a changed file imports what it did, because
// another of its files has the import that this one gained or lost. An import of "C" does
// not count for the package: cgo is run for each file that has one.
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
	return slices.Equal(union(func(path string) fact { return c.g.facts[path] }), union(c.factOf))
}
