package project

import (
	"os"
	"path/filepath"
)

// ChangeDir is the directory that -C names, for a go command that starts in dir. The
// system goes up from where a link leads, not from the link.
func ChangeDir(dir, to string) string {
	switch {
	case to == "":
		return dir
	case filepath.IsAbs(to):
		return to
	}
	path := filepath.Join(dir, to)
	unclean := dir + string(filepath.Separator) + to
	if real, err := filepath.EvalSymlinks(unclean); err == nil && !SameDir(path, unclean) {
		return real
	}
	return path
}

// IsDirectory reports whether there is a directory.
func IsDirectory(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// SameDir reports whether two paths are those of one file that is there.
func SameDir(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}
