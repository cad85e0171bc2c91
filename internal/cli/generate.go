package cli

import (
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/generate"
)

// generator returns the generator of a session that remembers in the cache directory, ""
// for one that remembers nothing; nil without -generate.
func (c *command) generator(cache string) *generate.Steps {
	if !c.flags.Generate {
		return nil
	}
	return &generate.Steps{Generator: generate.New(generate.Config{
		Go:       c.goCmd,
		Dir:      c.dir,
		Env:      c.env,
		GoEnv:    c.goenv,
		OwnFlags: flags.RegisterNames,
		Started:  time.Now(),
		Memory:   generate.MemoryIn(cache),
		Say:      c.con.Fail,
		Debug:    c.con.Debug("plan"),
	})}
}

// whyGenerate says how a file is an input of a directive; "" if it is none, or
// without -generate.
func (c *command) whyGenerate(g *depgraph.Graph, file string) string {
	d := c.generator("")
	if d == nil {
		return ""
	}
	defer d.Close()
	d.Generator.Follow(g)
	d.Wait()
	return d.Why(file)
}
