package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/gocmd"
)

// A directory is its path here, not what is at that path at one moment: it may be
// replaced while gorun runs, by a checkout, a rename, or a link that is pointed elsewhere.
// So whatever gorun starts is told where, and nothing depends on gorun's own working
// directory, which would be the old one for ever.

// locate finds the directory and the go command.
func (c *command) locate() error {
	var err error
	if c.pwd, err = os.Getwd(); err != nil {
		return fmt.Errorf("finding the current directory: %w", err)
	}
	if pwd := c.getenv("PWD"); filepath.IsAbs(pwd) && sameDir(pwd, c.pwd) {
		c.pwd = pwd // as the user spells it, symbolic links included
	}
	c.dir = changeDir(c.pwd, c.line.Chdir)
	if c.goCmd, err = gocmd.Find(c.env); err != nil {
		return err
	}
	return nil
}

// changeDir is the directory that -C names, for a go command that starts in dir. The
// system goes up from where a link leads, not from the link.
func changeDir(dir, to string) string {
	switch {
	case to == "":
		return dir
	case filepath.IsAbs(to):
		return to
	}
	path := filepath.Join(dir, to)
	unclean := dir + string(filepath.Separator) + to
	if real, err := filepath.EvalSymlinks(unclean); err == nil && !sameDir(path, unclean) {
		return real
	}
	return path
}

// absolute is a path of the command line.
func (c *command) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(c.dir, path)
}

// relative is a path as it is printed.
func (c *command) relative(path string) string {
	if rel, err := filepath.Rel(c.dir, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

func isDirectory(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

func sameDir(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}
