package generate

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/gorun-dev/gorun/internal/stamp"
)

func checkGlob(pattern string) error {
	if !doublestar.ValidatePattern(pattern) {
		return errors.New("malformed pattern " + pattern)
	}
	return nil
}

// A glob is a pattern below a directory.
type glob struct {
	text string // as written
	root string // the deepest directory above every match
	rest string // what follows it, slash-separated
}

func newGlob(dir, text string) glob {
	base, rest := doublestar.SplitPattern(text)
	root := filepath.FromSlash(base)
	if !filepath.IsAbs(root) {
		root = filepath.Join(dir, root)
	}
	return glob{text, filepath.Clean(root), rest}
}

// deep reports whether a match can lie n directories below the root.
func (g glob) deep(n int) bool {
	return strings.Contains(g.rest, "**") || strings.Contains(g.rest, "{") || n <= strings.Count(g.rest, "/")
}

// find returns the files that match, sorted, and the directories, existing or not, where
// a match comes and goes. Directories named .git and node_modules are not entered.
func (g glob) find(l *lister) (files, directories []string) {
	var visit func(dir, rel string, depth int)
	visit = func(dir, rel string, depth int) {
		directories = append(directories, dir)
		for _, e := range l.list(dir) {
			name := path.Join(rel, e.name)
			switch {
			case e.dir && e.name != ".git" && e.name != "node_modules" && g.deep(depth+1):
				visit(filepath.Join(dir, e.name), name, depth+1)
			case !e.dir:
				if ok, _ := doublestar.Match(g.rest, name); ok {
					files = append(files, filepath.Join(dir, e.name))
				}
			}
		}
	}
	visit(g.root, "", 0)
	slices.Sort(files)
	return files, directories
}

// A lister remembers what is in directories for as long as it can be told from their
// metadata that nothing came or went.
type lister struct {
	known map[string]listing
}

type listing struct {
	at      stamp.Stamp
	entries []entry
}

type entry struct {
	name string
	dir  bool
}

func (l *lister) list(dir string) []entry {
	if old, ok := l.known[dir]; ok && old.at.Proves(stamp.Stat(dir)) {
		return old.entries
	}
	now := listing{at: stamp.ReadMeta(dir)}
	entries, _ := os.ReadDir(dir) // what is not there has no entries
	for _, e := range entries {
		now.entries = append(now.entries, entry{e.Name(), e.Type()&fs.ModeDir != 0})
	}
	if l.known == nil {
		l.known = map[string]listing{}
	}
	l.known[dir] = now
	return now.entries
}
