package runfiles

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// compareIncluded compares the files of -include.
func (c *comparison) compareIncluded(paths []string) {
	if len(c.f.o.Include) == 0 {
		return
	}
	all := paths == nil
	for _, path := range paths {
		path = filepath.Clean(path)
		if _, known := c.f.included[path]; known || c.f.includes(path) != nil && isFile(path) {
			now, _ := stamp.Of(path)
			c.compareFile(path, now)
			continue
		}
		// A directory that came, went or was replaced, or the way to one.
		all = all || c.f.directories[path] || c.f.mayHold(path)
	}
	if !all {
		return
	}
	included, directories := c.f.findIncluded()
	for _, path := range slices.Sorted(maps.Keys(c.f.included)) {
		if _, still := included[path]; !still {
			c.compareFile(path, stamp.Stamp{Meta: stamp.Meta{State: stamp.Absent}})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(included)) {
		c.compareFile(path, included[path])
	}
	if !maps.Equal(directories, c.f.directories) {
		c.f.directories, c.WatchDirsChanged = directories, true
	}
}

// compareFile compares an included file with what was known of it.
func (c *comparison) compareFile(path string, now stamp.Stamp) {
	before, known := c.f.included[path]
	if now.State == stamp.File {
		c.f.included[path] = now
	} else {
		delete(c.f.included, path)
	}
	glob := c.f.includes(path)
	switch {
	case glob == nil:
	case now.State != stamp.File && known:
		c.restart(path, fmt.Sprintf("included by -include %s: was removed", glob))
	case now.State != stamp.File:
	case !known:
		c.restart(path, fmt.Sprintf("included by -include %s: appeared", glob))
	case before.Sum != now.Sum:
		c.restart(path, fmt.Sprintf("included by -include %s: content changed", glob))
	}
}

// includes returns the glob that includes a file, nil if none does.
func (f *Files) includes(path string) *Glob {
	i := slices.IndexFunc(f.o.Include, func(g Glob) bool { return g.Match(path) })
	if i < 0 || f.excludes(path) != nil {
		return nil
	}
	return &f.o.Include[i]
}

func (f *Files) excludes(path string) *Glob {
	if i := slices.IndexFunc(f.o.Exclude, func(g Glob) bool { return g.Match(path) }); i >= 0 {
		return &f.o.Exclude[i]
	}
	return nil
}

// Excluded reports whether no change of a file is to be acted on.
func (f *Files) Excluded(path string) bool { return f.excludes(path) != nil }

// mayHold reports whether path is a directory in which included files may be, or one
// on the way to a glob's root.
func (f *Files) mayHold(path string) bool {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return false
	}
	return slices.ContainsFunc(f.o.Include, func(g Glob) bool {
		return g.holds(path) || strings.HasPrefix(g.root+string(filepath.Separator), path+string(filepath.Separator))
	})
}

// findIncluded finds the included files, and the directories in which one may appear.
func (f *Files) findIncluded() (map[string]stamp.Stamp, map[string]bool) {
	included, directories := map[string]stamp.Stamp{}, map[string]bool{}
	for _, g := range f.o.Include {
		root := g.root
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			directories[nearestDirectory(root)] = true
			continue
		}
		// With the separator a root that is a link is walked, too.
		_ = filepath.WalkDir(root+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
			path = filepath.Clean(path)
			switch {
			case err != nil:
				return nil // it is not there any more, or not the user's to read
			case d.IsDir() && path != root && (g.skips(d.Name()) || !g.holds(path) || f.excludes(path) != nil):
				return fs.SkipDir
			case d.IsDir():
				directories[path] = true
			case f.includes(path) != nil:
				before := f.included[path]
				_, now, err := before.Check(path)
				if err == nil && now.State == stamp.File {
					included[path] = now
				}
			}
			return nil
		})
	}
	return included, directories
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
