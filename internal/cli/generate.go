package cli

import (
	"path/filepath"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/generate"
	"github.com/gorun-dev/gorun/internal/live"
)

// A generator is generate's as the loop wants it; nil without -generate.
type generator struct{ *generate.Generator }

// generateDir is the directory in the cache directory where package generate keeps its memory.
const generateDir = "generate"

// generator returns the generator of a session that remembers in the cache directory, ""
// for one that remembers nothing.
func (c *command) generator(cache string) *generator {
	if !c.flags.Generate {
		return nil
	}
	memory := ""
	if cache != "" {
		memory = filepath.Join(cache, generateDir)
	}
	return &generator{generate.New(generate.Config{
		Go:       c.goCmd,
		Dir:      c.dir,
		Env:      c.env,
		GoEnv:    c.goenv,
		OwnFlags: flags.RegisterNames,
		Started:  time.Now(),
		Memory:   memory,
		Say:      c.con.Fail,
		Debug:    c.con.Debug("plan"),
	})}
}

func (g *generator) Close() {
	if g != nil {
		g.Generator.Close()
	}
}

// room is the loop's; a nil interface where nothing is ever generated.
func (g *generator) room() live.Generator {
	if g == nil {
		return nil
	}
	return g
}

func (g *generator) Follow(next live.Graph) {
	if next, ok := next.(graph); ok {
		g.Generator.Follow(next.Graph)
	}
}

func (g *generator) Start() live.Step {
	if r := g.Generator.Start(); r != nil {
		return generating{r}
	}
	return nil
}

func (g *generator) StartUnknown() live.Step {
	if r := g.Generator.StartUnknown(); r != nil {
		return generating{r}
	}
	return nil
}

// generating is a run of directives as a step before a build.
type generating struct{ *generate.Run }

func (s generating) Result() live.StepResult {
	r := s.Run.Result()
	res := live.StepResult{Err: r.Err, Output: r.Output, Events: r.Events}
	if r.Ran > 0 {
		res.How = "generated"
	}
	return res
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
