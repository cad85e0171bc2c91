package runfiles

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// WatchDirs returns the directories in which a change of the files shows.
func (f *Files) WatchDirs() []string {
	dirs := maps.Clone(f.directories)
	for _, path := range slices.Concat(f.settings.paths(), f.o.Env) {
		dirs[nearestDirectory(filepath.Dir(path))] = true
		if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
			dirs[filepath.Dir(real)] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}

// nearestDirectory is the nearest directory above a path that is there.
func nearestDirectory(path string) string {
	for {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return path
		}
		up := filepath.Dir(path)
		if up == path {
			return path
		}
		path = up
	}
}
