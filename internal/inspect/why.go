package inspect

import (
	"context"
	"fmt"

	"github.com/gorun-dev/gorun/depgraph"
)

// A Question is what -why asks.
type Question struct {
	File string // absolute
	Name string // the same, as the user spells it

	// Outside says what a file is to the program that is not in its build, "" if nothing.
	Outside func(file string) string
	// Generates says how a file is an input of a //go:generate directive, "" if it is none.
	Generates func(g *depgraph.Graph, file string) string
}

// Why says whether a file counts for the program, and why, in the words that a reload
// would give.
func (p Program) Why(q Question) (counts bool, err error) {
	if reason := q.Outside(q.File); reason != "" {
		fmt.Fprintf(p.Out, "%s: %s\n", q.Name, reason)
		return true, nil
	}
	config := p.Config
	config.UnwatchedFiles = true // somebody may ask for a dependency's file
	g, err := depgraph.Load(context.Background(), config, nil)
	if err != nil {
		return false, err
	}
	counts, reason := g.Why(q.File)
	switch generates := q.Generates(g, q.File); {
	case generates == "":
	case counts:
		reason += "; " + generates
	default:
		counts, reason = true, generates
	}
	fmt.Fprintf(p.Out, "%s: %s\n", q.Name, reason)
	return counts, nil
}
