package runfiles

import (
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// A Glob is a pattern for files: doublestar's syntax, ** for any number of directories,
// with slashes on every system. One that matches a directory stands for everything below it.
type Glob struct {
	text    string // as it was given
	root    string // the directory that the pattern is relative to, as far as it has no stars
	pattern string // in slashes
}

// CheckGlob says what is wrong with a pattern.
func CheckGlob(text string) error {
	if text == "" || !doublestar.ValidatePattern(text) {
		return errors.New("not a pattern such as templates/** or *.sql")
	}
	return nil
}

// NewGlob makes a Glob of a pattern that CheckGlob has nothing against, relative
// to dir.
func NewGlob(text, dir string) Glob {
	base, rest := doublestar.SplitPattern(strings.TrimSuffix(text, "/"))
	if base = filepath.FromSlash(base); !filepath.IsAbs(base) {
		base = filepath.Join(dir, base)
	}
	return Glob{text: text, root: filepath.Clean(base), pattern: rest}
}

func (g Glob) String() string { return g.text }

// Globs are patterns of which one has to match.
type Globs []Glob

// NewGlobs makes Globs of patterns that CheckGlob has nothing against, relative to dir.
func NewGlobs(texts []string, dir string) Globs {
	var list Globs
	for _, text := range texts {
		list = append(list, NewGlob(text, dir))
	}
	return list
}

// Match reports whether a file, an absolute path, matches one.
func (gs Globs) Match(file string) bool {
	return slices.ContainsFunc(gs, func(g Glob) bool { return g.Match(file) })
}

// Match reports whether the glob is for the file at an absolute path.
func (g Glob) Match(file string) bool {
	rel, ok := g.rel(file)
	if !ok {
		return false
	}
	for rel != "." {
		if doublestar.MatchUnvalidated(g.pattern, rel) {
			return true
		}
		rel = path.Dir(rel)
	}
	return false
}

func (g Glob) rel(file string) (string, bool) {
	rel, err := filepath.Rel(g.root, file)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// holds reports whether there may be matching files below a directory.
func (g Glob) holds(dir string) bool {
	rel, ok := g.rel(dir)
	switch {
	case !ok:
		return false
	case rel == "." || strings.ContainsAny(g.pattern, "{\\") || strings.Contains(g.pattern, "**"):
		return true
	}
	names, patterns := strings.Split(rel, "/"), strings.Split(g.pattern, "/")
	for i := range min(len(names), len(patterns)) {
		if !doublestar.MatchUnvalidated(patterns[i], names[i]) {
			return false
		}
	}
	return true
}

// heavy are directories that nobody means by **, and that are large.
var heavy = []string{".git", ".hg", ".svn", "node_modules"}

// skips reports whether a directory is passed over although the pattern holds it.
func (g Glob) skips(name string) bool {
	return slices.Contains(heavy, name) && !strings.Contains(g.pattern, name)
}
