package watch

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// An inode is what tells two directories apart, whatever their names.
type inode struct{ dev, ino uint64 }

// inodeOf reports false where the system gives no inodes cheaply (Windows).
func inodeOf(m stamp.Meta) (inode, bool) {
	return inode{m.Dev, m.Inode}, m.Inode != 0
}

// sameDir reports whether a and b, seen at one path at two times, are the
// same directory. Without inodes the time of creation must do (Windows), where
// there is one.
func sameDir(a, b stamp.Meta) bool {
	if a.State != b.State || a.Dev != b.Dev || a.Inode != b.Inode {
		return false
	}
	return a.Inode != 0 || a.Ctime == b.Ctime
}

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}

// reason is why the backend cannot watch, in words for the user.
func reason(err error) string {
	if line, ok := limit(err); ok {
		return line
	}
	return err.Error()
}

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
