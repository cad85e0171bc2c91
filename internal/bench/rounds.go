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
	waiting  []*open // tools that wait for their program to age, while others take their turns
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
		var turns []*open
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
			if t.age > 0 && p.beside != nil {
				at = p.beside
			}
			tn, err := m.newTurn(t, at)
			if err != nil {
				return 0, err
			}
			o := &open{turn: tn, steps: steps}
			if at == p {
				turns = append(turns, o)
				continue
			}
			if err := at.reset(); err != nil {
				return 0, err
			}
			if m.failed(ctx, o, o.start(ctx)) {
				continue
			}
			m.waiting = append(m.waiting, o)
		}
		for _, o := range append(turns, nil) {
			err := m.take(ctx, o)
			if ctx.Err() != nil {
				m.stopWaiting()
				return 0, context.Cause(ctx)
			}
			if err != nil {
				return 0, err
			}
		}
		took = time.Since(began)
		m.log("reload: %s, round %d of %d, %.0fs", p.name, round+1, n, took.Seconds())
	}
	return n, nil
}

// failed notes an error: a tool that fails is a result too. The turn is over.
func (m *reloader) failed(ctx context.Context, o *open, err error) bool {
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

// take is a whole turn. The turn nil belongs to those that wait.
func (m *reloader) take(ctx context.Context, o *open) error {
	if o == nil {
		for len(m.waiting) > 0 && ctx.Err() == nil {
			m.beside(ctx)
			if err := pause(ctx, 100*time.Millisecond); err != nil {
				break
			}
		}
		m.stopWaiting()
		return nil
	}
	if err := o.program.reset(); err != nil {
		return err
	}
	if m.failed(ctx, o, o.start(ctx)) {
		return nil
	}
	for len(o.steps) > 0 {
		err := o.settle(ctx, o.steps[0].calm)
		if err == nil && o.tool.calm == rest {
			m.beside(ctx) // but not beside one that may do something in the background
		}
		if err == nil {
			err = pause(ctx, o.tool.age-time.Since(o.last.at))
		}
		if err == nil {
			err = m.step(ctx, o)
		}
		if m.failed(ctx, o, o.explain(err)) {
			return nil
		}
	}
	o.stop()
	m.log("reload: %s: %s has had its turn", o.program.name, o.tool.name)
	return nil
}

// beside lets those that wait make a step, if it is time.
func (m *reloader) beside(ctx context.Context) {
	m.waiting = slices.DeleteFunc(m.waiting, func(o *open) bool {
		if time.Since(o.last.at) < o.tool.age {
			return false
		}
		if m.failed(ctx, o, o.explain(m.step(ctx, o))) {
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
func (m *reloader) step(ctx context.Context, o *open) error {
	name := o.steps[0].name
	o.steps = o.steps[1:]
	switch name {
	case brokenSave:
		return m.breakIt(ctx, o.turn)
	case result.First.Name:
		return m.reload(ctx, o.turn, name, "body")
	}
	return m.reload(ctx, o.turn, name, name)
}
