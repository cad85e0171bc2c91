// Package workdir says which directory gorun works in, and what paths mean there.
//
// The invariant: a directory is its path here, not what is at that path at one moment. It
// may be replaced while gorun runs, by a checkout, a rename, or a link that is pointed
// elsewhere. So whatever gorun starts is told where, and nothing depends on gorun's own
// working directory, which would be the old one for ever.
//
// Which project a directory is part of is project's to know.
package workdir

import (
	"fmt"
	"os"
	"path/filepath"
)

// Current returns the directory that gorun was started in as the user spells it, symbolic
// links included; pwd is the value of PWD.
func Current(pwd string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the current directory: %w", err)
	}
	if filepath.IsAbs(pwd) && same(pwd, dir) {
		return pwd, nil
	}
	return dir, nil
}

// Change returns the directory that -C names, for a go command that starts in dir. The
// system goes up from where a link leads, not from the link.
func Change(dir, to string) string {
	switch {
	case to == "":
		return dir
	case filepath.IsAbs(to):
		return to
	}
	path := filepath.Join(dir, to)
	unclean := dir + string(filepath.Separator) + to
	if real, err := filepath.EvalSymlinks(unclean); err == nil && !same(path, unclean) {
		return real
	}
	return path
}

// Absolute returns a path of the command line.
func Absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// Relative returns a path as it is printed.
func Relative(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// IsThere reports whether there is a directory at a path.
func IsThere(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

func same(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}
