package generate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// A tool is a generator that directives run by its package.
type tool struct {
	call        *toolCall
	graph       *depgraph.Graph // nil until it was loaded once
	signature   string          // the packages of the graph and the modules that they come from
	stale       bool            // the graph has to be loaded again
	staleCauses []string        // the paths that say so
	failed      bool            // the last load went wrong: another graph of the program may mend it
}

// loadTool returns the tool with its graph as it is now. One that cannot be listed
// keeps its last graph, and what could mend it.
func (g *Generator) loadTool(ctx context.Context, old *tool) *tool {
	next := *old
	next.stale, next.staleCauses = false, nil
	patterns, err := g.patterns(ctx, old.call)
	if err == nil && len(patterns) == 0 {
		return &next // a tool of the toolchain, or none
	}
	var graph *depgraph.Graph
	if err == nil {
		graph, err = depgraph.Load(ctx, g.graphConfig(old.call, patterns), old.graph)
	}
	if ctx.Err() != nil {
		return old
	}
	next.failed = err != nil
	if err != nil {
		g.cfg.Debug("generate: listing the generator %s: %v", strings.Join(old.call.patterns, " ")+old.call.tool, err)
	}
	if graph != nil {
		next.graph, next.signature = graph, signature(graph)
	}
	return &next
}

func (g *Generator) graphConfig(c *toolCall, patterns []string) depgraph.Config {
	env := environ.Set(g.cfg.Env, "PWD="+c.dir)
	return depgraph.Config{
		Dir: c.dir, Env: env, BuildFlags: c.flags, Patterns: patterns,
		GoEnv: func(ctx context.Context) (map[string]string, error) {
			return gocmd.Env(ctx, g.cfg.Go, c.dir, env)
		},
	}
}

// patterns returns the package of a call, none if it is a tool that is not in go.mod.
func (g *Generator) patterns(ctx context.Context, c *toolCall) ([]string, error) {
	if c.tool == "" {
		return c.patterns, nil
	}
	r, err := gocmd.Invocation{
		Go: g.cfg.Go, Dir: c.dir, Env: environ.Set(g.cfg.Env, "PWD="+c.dir),
		Args: append(append([]string{"list"}, c.flags...), "-f={{.ImportPath}}", "tool"),
	}.Run(ctx)
	if err != nil {
		return nil, err
	}
	if r.Status != 0 {
		return nil, &gocmd.Failure{Status: r.Status, Output: r.Stderr}
	}
	path := toolPackage(c.tool, strings.Fields(string(r.Stdout)))
	if path == "" {
		return nil, nil
	}
	return []string{path}, nil
}

// signature identifies the packages of a graph and the versions of the modules that
// they come from. The content of the workspace's own files is not in it.
func signature(g *depgraph.Graph) string {
	h := sha256.New()
	for _, id := range g.Packages() {
		p := g.Package(id)
		fmt.Fprintf(h, "%q", id)
		if p.Module != nil {
			fmt.Fprintf(h, " %q %q", p.Module.Path, p.Module.Version)
		}
		io.WriteString(h, "\n")
	}
	return hex.EncodeToString(h.Sum(nil))
}
