package cli

import (
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/project"
)

// locate finds the directories and the go command.
func (c *command) locate() (err error) {
	if c.pwd, c.dir, err = project.Directories(c.getenv, c.line.Chdir); err != nil {
		return err
	}
	c.goCmd, err = gocmd.Find(c.env)
	return err
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
