package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// A reloader measures reloads.
type reloader struct {
	*run
	tools    []*tool
	edits    []string // asked for; none: as planned
	client   bool
	rounds   int
	deadline time.Time // when a round must be over, from the third on; zero: whenever it is
	counter  int
	// waiting are the turns of tools that wait until their program has run for long
	// enough, while others take their turns.
	waiting  []*openTurn
	results  []*result.Reload
	broken   []result.Broken
	failures []string
}

// measure lets each tool take a turn in each of n rounds, each round beginning
// with another one; on a program that is not for all edits there is one. It returns
// how many there were: on a slow machine two.
func (m *reloader) measure(ctx context.Context, p *program, n int) (int, error) {
	m.rounds = n
	if !p.all {
		n = 1
	}
	var took time.Duration // by the round before
	for round := range n {
		began := time.Now()
		if round > 1 && !m.deadline.IsZero() && began.Add(took).After(m.deadline) {
			m.log("reload: %s, round %d of %d is left out: it would be late", p.name, round+1, n)
			return round, nil
		}
		var turns []*openTurn
		for i := range m.tools {
			t := m.tools[(i+round)%len(m.tools)]
			if t.absent != "" {
				continue
			}
			steps := m.plan(t, p, round)
			if len(steps) == 0 {
				continue
			}
			at := p
			if t.minUptime > 0 && p.second != nil {
				at = p.second
			}
			tn, err := m.newTurn(t, at)
			if err != nil {
				return 0, err
			}
			o := &openTurn{turn: tn, steps: steps}
			if at == p {
				turns = append(turns, o)
				continue
			}
			if err := at.reset(); err != nil {
				return 0, err
			}
			if m.noteFailure(ctx, o, o.start(ctx)) {
				continue
			}
			m.waiting = append(m.waiting, o)
		}
		err := m.playTurns(ctx, turns)
		m.stopWaiting()
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if err != nil {
			return 0, err
		}
		took = time.Since(began)
		m.log("reload: %s, round %d of %d, %.0fs", p.name, round+1, n, took.Seconds())
	}
	return n, nil
}

// noteFailure notes an error: a tool that fails is a result too. The turn is over.
func (m *reloader) noteFailure(ctx context.Context, o *openTurn, err error) bool {
	if err == nil {
		return false
	}
	o.stop()
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, errNoFloor):
		o.tool.absent, o.program.info.NoFloor = err.Error(), err.Error()
	default:
		m.failures = append(m.failures, err.Error())
		m.log("%v", err)
	}
	return true
}

// playTurns plays one turn after the other, and then what is left of those that wait.
func (m *reloader) playTurns(ctx context.Context, turns []*openTurn) error {
	for _, o := range turns {
		if err := m.playTurn(ctx, o); err != nil {
			return err
		}
	}
	for len(m.waiting) > 0 {
		m.stepWaiting(ctx)
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// playTurn is a whole turn.
func (m *reloader) playTurn(ctx context.Context, o *openTurn) error {
	if err := o.program.reset(); err != nil {
		return err
	}
	if m.noteFailure(ctx, o, o.start(ctx)) {
		return ctx.Err()
	}
	for len(o.steps) > 0 {
		err := o.awaitRest(ctx, o.steps[0].rest)
		if err == nil && o.tool.restBefore == rest {
			m.stepWaiting(ctx) // but not while one works that may do something in the background
		}
		if err == nil {
			err = pause(ctx, o.tool.minUptime-time.Since(o.last.at))
		}
		if err == nil {
			err = m.step(ctx, o)
		}
		if m.noteFailure(ctx, o, o.explain(err)) {
			return ctx.Err()
		}
	}
	o.stop()
	m.log("reload: %s: %s has had its turn", o.program.name, o.tool.name)
	return nil
}

// stepWaiting lets those that wait make a step, if it is time.
func (m *reloader) stepWaiting(ctx context.Context) {
	m.waiting = slices.DeleteFunc(m.waiting, func(o *openTurn) bool {
		if time.Since(o.last.at) < o.tool.minUptime {
			return false
		}
		if m.noteFailure(ctx, o, o.explain(m.step(ctx, o))) {
			return true
		}
		if len(o.steps) == 0 {
			o.stop()
			return true
		}
		return false
	})
}

func (m *reloader) stopWaiting() {
	for _, o := range m.waiting {
		o.stop()
	}
	m.waiting = nil
}

// step makes the next save of a turn.
func (m *reloader) step(ctx context.Context, o *openTurn) error {
	name := o.steps[0].name
	o.steps = o.steps[1:]
	switch name {
	case brokenSave:
		return m.saveBroken(ctx, o.turn)
	case result.First.Name:
		return m.reload(ctx, o.turn, name, "body")
	}
	return m.reload(ctx, o.turn, name, name)
}
