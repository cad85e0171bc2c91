package main

import (
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// brokenSave is a step, but not one of the table's.
const brokenSave = "broken"

// An openTurn is a turn with what is left to do in it.
type openTurn struct {
	*turn
	steps []step
}

// A step is one save of a turn.
type step struct {
	name string        // of an edit, or result.First.Name, or brokenSave
	rest time.Duration // how long the tool must have been at rest
}

// plan is what a tool does in a turn. Everything is done on the largest of the
// generated programs and on the user's own; on the others the body edit stands
// for all, and one turn for all rounds. What does not depend on the round is done in
// the first.
//
// What a tool does in the background after its start is done before the first
// edit of the table; from then on a save comes soon after the process that has
// the one before, for all tools.
func (m *reloader) plan(t *tool, p *program, round int) []step {
	var steps []step
	before := t.restBefore
	save := func(name string, times int) {
		for range times {
			steps = append(steps, step{name, before})
			before = rest
		}
	}
	times := 1
	if !p.all {
		times = m.rounds
	}
	if t.restBefore > rest && p.all {
		steps = append(steps, step{result.First.Name, rest})
	}
	for _, e := range edits {
		switch {
		case !m.makes(e, p):
		case e.Name == "main" && p.libDir == p.mainDir:
			// In a program of one package every edit is one of package main.
		case e.Invisible && (round > 0 || t.name == "floor"):
		case e.afterRest: // below
		default:
			save(e.Name, times)
		}
	}
	if round > 0 {
		return steps
	}
	if p.all && t.name != "floor" {
		save(brokenSave, 1)
	}
	for _, e := range edits {
		if e.afterRest && m.makes(e, p) {
			// All in the first round, one after the other, when the tool has
			// finished whatever it does while nobody saves: that takes a minute.
			before = max(t.longRest, t.restBefore)
			save(e.Name, m.rounds)
		}
	}
	return steps
}

// makes reports whether an edit is made in a program.
func (m *reloader) makes(e edit, p *program) bool {
	if len(m.edits) > 0 {
		return slices.Contains(m.edits, e.Name)
	}
	return !e.onlyByName && (p.all || e.Name == "body")
}
