package cli

import (
	"os"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/inspect"
)

// inspect prints what -why, -slices, -against or -graph asks for; done is false if none of
// them does. Like grep, -why ends with 1 for a file that does not count.
func (c *command) inspect() (status int, done bool, err error) {
	p := inspect.Program{Config: c.graphConfig(), Build: c.measuredBuild, Out: os.Stdout, Fail: c.con.Fail}
	switch f := c.flags; {
	case f.Why != "":
		counts, err := p.Why(inspect.Question{
			File: c.absolute(f.Why), Name: f.Why, Outside: c.runFiles().Why, Generates: c.whyGenerate,
		})
		if err == nil && !counts {
			return 1, true, nil
		}
		return 0, true, err
	case f.Slices != "":
		return 0, true, p.Slices(f.Slices == "json")
	case f.Against.Given:
		return 0, true, p.Against(f.Against.Tags, f.Graph == "json")
	case f.Graph != "":
		return 0, true, p.Graph(f.Graph)
	}
	return 0, false, nil
}

// measuredBuild is how an executable is built whose size is wanted.
func (c *command) measuredBuild() (incremental.Config, error) {
	_, store, err := c.stores().Open()
	if err != nil {
		return incremental.Config{}, err
	}
	return c.buildConfig(store), nil
}
