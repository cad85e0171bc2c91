package cli

import (
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/workdir"
)

// locate finds the directories and the go command.
func (c *command) locate() (err error) {
	if c.pwd, err = workdir.Current(c.getenv("PWD")); err != nil {
		return err
	}
	c.dir = workdir.Change(c.pwd, c.line.Chdir)
	c.goCmd, err = gocmd.Find(c.env)
	return err
}

// absolute is a path of the command line.
func (c *command) absolute(path string) string { return workdir.Absolute(c.dir, path) }

// relative is a path as it is printed.
func (c *command) relative(path string) string { return workdir.Relative(c.dir, path) }
