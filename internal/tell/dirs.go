package tell

import (
	"iter"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/internal/cachedir"
)

// directory is the one in a cache directory in which the gorun that run are found.
const directory = "tell"

// Dirs are the directories in which the gorun that run may be found: that in the cache
// directory, "" if there is none, and the one among the temporary files, for a gorun that
// could not use the other one.
func Dirs(cache string) []string {
	var dirs []string
	if cache != "" {
		if dir, err := cachedir.Private(cache, directory); err == nil {
			dirs = append(dirs, dir)
		}
	}
	if spare := cachedir.IfTemporary(); spare != "" {
		if dir := filepath.Join(spare, directory); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// WritableDirs are the directories in which a gorun can let itself be found, the best one first.
func WritableDirs(cache string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if dir, err := cachedir.Private(cache, directory); err != nil || !yield(dir) {
			return
		}
		// It is there, and nothing can be written into it.
		if spare, err := cachedir.Temporary(); err == nil {
			if dir, err := cachedir.Private(spare, directory); err == nil {
				yield(dir)
			}
		}
	}
}
