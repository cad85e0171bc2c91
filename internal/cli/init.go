package cli

import (
	"slices"

	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/initconfig"
)

// writeSettings writes the first gorun.toml of the project.
func (c *command) writeSettings() (int, error) {
	q := initconfig.Request{
		Operands: slices.Concat(c.line.Packages, c.line.Args), Dir: c.dir, Pwd: c.pwd,
		Go: c.goCmd, Env: c.env, Keys: flags.Keys(), Say: c.con.Say,
	}
	return writeFiles("-init", initconfig.ErrOperands, q.Do)
}
