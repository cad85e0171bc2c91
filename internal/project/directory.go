package project

import (
	"fmt"
	"os"
	"path/filepath"
)

// Directories are where a command was started, as the user spells it, symbolic links included, and where it works
// after -C, which names chdir.
//
// A directory is its path here, not what is at that path at one moment: it may be replaced while gorun runs, by a
// checkout, a rename, or a link that is pointed elsewhere. So whatever gorun starts is told where, and nothing
// depends on gorun's own working directory, which would be the old one for ever.
func Directories(getenv func(string) string, chdir string) (pwd, dir string, err error) {
	if pwd, err = os.Getwd(); err != nil {
		return "", "", fmt.Errorf("finding the current directory: %w", err)
	}
	if spelled := getenv("PWD"); filepath.IsAbs(spelled) && SameDir(spelled, pwd) {
		pwd = spelled
	}
	return pwd, ChangeDir(pwd, chdir), nil
}

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
