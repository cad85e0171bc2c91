package generate

import (
	"fmt"
	"strings"
)

// A Plan says which directives have to run, in their order, and why.
type Plan []Planned

// A Planned directive.
type Planned struct {
	*Directive
	Because string
}

// NewPlan picks the directives that have to run from all of them, which are given in the
// order in which they run (order.go). reason says why one has to run, "" if it has not.
func NewPlan(directives []*Directive, reason func(*Directive) string) Plan {
	var p Plan
	for _, d := range directives {
		if because := reason(d); because != "" {
			p = append(p, Planned{d, because})
		}
	}
	return p
}

func (p Plan) String() string {
	words := make([]string, len(p))
	for i, d := range p {
		words[i] = fmt.Sprintf("%s: %s (%s)", d.name(), d.command(), d.Because)
	}
	return strings.Join(words, "; ")
}

// command is the directive as it was written, without what makes it one.
func (d *Directive) command() string {
	return strings.TrimSpace(strings.TrimPrefix(d.Text, "//go:generate"))
}

// planNow picks the directives that have to run now.
func (g *Generator) planNow() Plan {
	return NewPlan(g.directives, func(d *Directive) string {
		because, _ := g.reason(d)
		return because
	})
}
