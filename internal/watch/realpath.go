package watch

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// resolve returns the path under which the system reports events of a directory:
// without links, and on macOS as the names are on disk.
func resolve(dir string) string {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return dir // Windows: volumes without a drive letter
	}
	if runtime.GOOS == "darwin" {
		real = onDisk(real)
	}
	return real
}

// onDisk spells an absolute path as its directories list it, on file systems that
// take names in any case or Unicode form: FSEvents reports that spelling.
func onDisk(path string) string {
	parent, base := filepath.Dir(path), filepath.Base(path)
	if parent == path {
		return path
	}
	parent = onDisk(parent)
	f, err := os.Open(parent)
	if err != nil {
		return filepath.Join(parent, base)
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1) // what could be read will do
	if slices.Contains(names, base) {
		return filepath.Join(parent, base)
	}
	for _, name := range names {
		if strings.EqualFold(name, base) {
			return filepath.Join(parent, name)
		}
	}
	fi, err := os.Lstat(path)
	for _, name := range names {
		if err != nil {
			break
		}
		if other, err := os.Lstat(filepath.Join(parent, name)); err == nil && os.SameFile(fi, other) {
			return filepath.Join(parent, name) // composed differently
		}
	}
	return filepath.Join(parent, base)
}
