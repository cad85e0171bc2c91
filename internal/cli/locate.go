package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/gocmd"
)

// locate finds the directory and the go command.
func (c *command) locate() error {
	var err error
	if c.dir, err = os.Getwd(); err != nil {
		return fmt.Errorf("finding the current directory: %w", err)
	}
	if pwd := c.getenv("PWD"); pwd != "" && sameDir(pwd, c.dir) {
		c.dir = pwd // as the user spells it, symbolic links included
	}
	switch dir := c.line.Chdir; {
	case filepath.IsAbs(dir):
		c.dir = dir
	case dir != "":
		c.dir = filepath.Join(c.dir, dir)
	}
	if c.goCmd, err = gocmd.Find(c.env); err != nil {
		return err
	}
	return nil
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

// isDirectory reports whether -C's directory is there; without -C it is.
func isDirectory(dir string) bool {
	if dir == "" {
		return true
	}
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

func sameDir(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}
