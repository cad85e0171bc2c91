package generate

import "path/filepath"

// Why says how a path is an input of a directive; "" if it is none.
func (g *Generator) Why(path string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, d := range g.directives {
		if in, ok := inputsOf(d, g.findTool(d), &g.observer).files[path]; ok && in.Exists() && !g.isWritten(d, path, in) {
			return g.describeInput(d, path)
		}
	}
	return ""
}

// describeInput says in words how a path is an input of a directive.
func (g *Generator) describeInput(d *Directive, path string) string {
	words := "input of " + g.describe(d)
	if in, ok := inputsOf(d, g.findTool(d), &g.observer).files[path]; ok {
		words += " (" + in.how + ")"
	}
	return words
}

func (g *Generator) describe(d *Directive) string {
	return "the go:generate directive at " + d.name()
}

// relative is a path as the user writes it: relative to dir if it lies there.
func relative(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}
