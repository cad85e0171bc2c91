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
	if c.line.Chdir != "" {
		if filepath.IsAbs(c.line.Chdir) {
			c.dir = c.line.Chdir
		} else {
			c.dir = filepath.Join(c.dir, c.line.Chdir)
		}
	}
	if c.goCmd, err = gocmd.Find(c.env); err != nil {
		return err
	}
	return nil
}
