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

// NewPlan picks the directives that have to run. They are given in the order in
// which they run; reason says why one has to, "" if it has not.
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

// maxRuns is how often one directive runs for one reload. A chain in which each
// directive writes what an earlier line is made from needs one run more for
// each that was too early; what is still not settled then is a circle.
const maxRuns = 4

// next returns the first planned directive that may still run.
func (p Plan) next(runs map[string]int) (Planned, bool) {
	for _, d := range p {
		if runs[d.key()] < maxRuns {
			return d, true
		}
	}
	return Planned{}, false
}

// command is the directive as it was written, without what makes it one.
func (d *Directive) command() string {
	return strings.TrimSpace(strings.TrimPrefix(d.Text, "//go:generate"))
}
