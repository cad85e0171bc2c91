package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/project"
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
	if pwd := c.getenv("PWD"); filepath.IsAbs(pwd) && project.SameDir(pwd, c.pwd) {
		c.pwd = pwd // as the user spells it, symbolic links included
	}
	c.dir = project.ChangeDir(c.pwd, c.line.Chdir)
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
