package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// firstSave is a body edit that comes as soon as the program runs, when what
// gorun does in the background has had no time. It is measured for the tools that
// do something there.
const firstSave = "first"

// brokenSave is a step, but not one of the table's.
const brokenSave = "broken"

// seenLimit bounds the wait for a reload, beside what the first build took. A
// tool that has not reloaded by then has not noticed, or will not.
const seenLimit = 20 * time.Second

func (p *program) seenLimit() time.Duration {
	return seenLimit + time.Duration(p.info.FirstMake*float64(time.Second))
}

// A Reload is what one kind of save cost one tool on one program.
type Reload struct {
	Program string `json:"program"`
	Tool    string `json:"tool"`
	Edit    string `json:"edit"`
	// Seconds from the save to the first instruction of the process that has
	// it, one for each time there was such a process.
	Seconds []float64 `json:"seconds,omitempty"`
	// Other says what happened where there was none: "no restart", "not noticed".
	Other []string `json:"other,omitempty"`
	// Seconds in which a client got no connection or no answer, and the longest
	// that one which was answered had to wait.
	Refused []float64 `json:"refused,omitempty"`
	Longest []float64 `json:"longest,omitempty"`
}

// A Broken is what a build that fails does to the program.
type Broken struct {
	Program string `json:"program"`
	Tool    string `json:"tool"`
	// Program's fate: "runs on", "down", "restarted" (the old version again).
	Fate string `json:"fate"`
	// Mended is the time from the save that mends it to the first instruction,
	// in seconds.
	Mended float64 `json:"mended,omitempty"`
}

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
	results  []*Reload
	broken   []Broken
	failures []string
}

// An open is a turn with what is left to do in it.
type open struct {
	*turn
	steps []step
}

// A step is one save of a turn.
type step struct {
	name string        // of an edit, or firstSave, or brokenSave
	calm time.Duration // how long the tool must have been at rest
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
	calm := t.calm
	save := func(name string, times int) {
		for range times {
			steps = append(steps, step{name, calm})
			calm = rest
		}
	}
	times := 1
	if !p.all {
		times = m.rounds
	}
	if t.calm > rest && p.all {
		steps = append(steps, step{firstSave, rest})
	}
	for _, e := range edits {
		switch {
		case !m.makes(e, p):
		case e.name == "main" && p.libDir == p.mainDir:
			// In a program of one package every edit is one of package main.
		case e.invisible && (round > 0 || t.name == "floor"):
		case e.deep: // below
		default:
			save(e.name, times)
		}
	}
	if round > 0 {
		return steps
	}
	if p.all && t.name != "floor" {
		save(brokenSave, 1)
	}
	for _, e := range edits {
		if e.deep && m.makes(e, p) {
			// All in the first round, one after the other, when the tool has
			// finished whatever it does while nobody saves: that takes a minute.
			calm = max(t.deep, t.calm)
			save(e.name, m.rounds)
		}
	}
	return steps
}

// makes reports whether an edit is made in a program.
func (m *reloader) makes(e edit, p *program) bool {
	if len(m.edits) > 0 {
		return slices.Contains(m.edits, e.name)
	}
	return !e.asked && (p.all || e.name == "body")
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
	case firstSave:
		return m.reload(ctx, o.turn, name, "body")
	}
	return m.reload(ctx, o.turn, name, name)
}

func (m *reloader) token() string {
	m.counter++
	return fmt.Sprintf("v%d", m.counter)
}

// reload makes one save and waits for what comes of it.
func (m *reloader) reload(ctx context.Context, tn *turn, name, e string) error {
	res := m.result(tn, name)
	addr := ""
	if m.client {
		addr = tn.program.addr
	}
	printed := len(tn.printed.String())
	c := ask(addr)
	token := m.token()
	at, err := tn.save(e, token)
	var next process
	var ok bool
	if err == nil && tn.hand != nil {
		err = tn.hand.saved(ctx, e)
	}
	if err == nil {
		next, ok, err = comes(ctx, tn, e, token, printed)
	}
	if err == nil && ok {
		err = answers(ctx, addr)
	}
	seen := c.stop()
	if err != nil {
		return err
	}
	if ok {
		tn.last = next
		res.Seconds = append(res.Seconds, next.at.Sub(at).Seconds())
	} else {
		other := "not noticed"
		if tn.saidSame(printed) {
			other = "no restart"
		}
		res.Other = append(res.Other, other)
	}
	if addr != "" {
		res.Refused = append(res.Refused, seen.refused.Seconds())
		res.Longest = append(res.Longest, seen.longest.Seconds())
	}
	return nil
}

// comes waits for the process that has an edit in it, or until the tool says
// that there will be none.
func comes(ctx context.Context, tn *turn, e, token string, printed int) (process, bool, error) {
	whatever := tn.tool.name == "floor" || editNamed(e).invisible
	return tn.await(ctx, tn.program.seenLimit(), func(p process) bool {
		return whatever || slices.Contains(p.tokens, token)
	}, func() bool { return tn.saidSame(printed) })
}

// saidSame reports whether the tool has said, since it had printed that much,
// that there is no need to restart.
func (tn *turn) saidSame(printed int) bool {
	said := tn.printed.String()
	return tn.tool.same != "" && strings.Contains(said[min(printed, len(said)):], tn.tool.same)
}

func (m *reloader) result(tn *turn, name string) *Reload {
	for _, r := range m.results {
		if r.Program == tn.program.name && r.Tool == tn.tool.name && r.Edit == name {
			return r
		}
	}
	r := &Reload{Program: tn.program.name, Tool: tn.tool.name, Edit: name}
	m.results = append(m.results, r)
	return r
}

// answers waits until the new process answers, so that the client sees the
// whole of the reload.
func answers(ctx context.Context, addr string) error {
	if addr == "" {
		return nil
	}
	web := newWeb()
	for end := time.Now().Add(seenLimit); time.Now().Before(end); {
		if answered(ctx, web, addr) {
			return nil
		}
		if err := pause(ctx, askEvery); err != nil {
			return err
		}
	}
	return nil
}

// breakIt saves what does not compile, looks what becomes of the program, and
// mends it.
func (m *reloader) breakIt(ctx context.Context, tn *turn) error {
	b := Broken{Program: tn.program.name, Tool: tn.tool.name}
	token := m.token()
	name := "undefined_" + token
	if _, err := tn.save("broken", name); err != nil {
		return err
	}
	if tn.hand != nil {
		var failed *buildError
		if err := tn.hand.saved(ctx, "broken"); err != nil && !errors.As(err, &failed) {
			return err
		}
	}
	before := tn.last
	// The compiler's words are out; then whatever the tool does about it.
	if err := m.until(ctx, func() bool { return strings.Contains(tn.printed.String(), name) || tn.hand != nil }); err != nil {
		return err
	}
	if err := pause(ctx, fateAfter); err != nil {
		return err
	}
	list, err := tn.reports()
	if err != nil {
		return err
	}
	switch newest := list[len(list)-1]; {
	case newest.pid != before.pid && alive(newest.pid):
		b.Fate = "restarted"
		tn.last = newest
	case alive(before.pid):
		b.Fate = "runs on"
	default:
		b.Fate = "down"
	}
	tn.text.broken = ""
	token = m.token()
	at, err := tn.save("body", token)
	if err != nil {
		return err
	}
	if tn.hand != nil {
		if err := tn.hand.saved(ctx, "body"); err != nil {
			return err
		}
	}
	next, ok, err := comes(ctx, tn, "body", token, len(tn.printed.String()))
	if err != nil {
		return err
	}
	if ok {
		b.Mended = next.at.Sub(at).Seconds()
	}
	m.broken = append(m.broken, b)
	return nil
}

// fateAfter is longer than any tool's delay between a failed build and what it
// does then.
const fateAfter = 1500 * time.Millisecond

// until waits for something that may never come.
func (m *reloader) until(ctx context.Context, cond func() bool) error {
	end := time.Now().Add(seenLimit)
	for !cond() && time.Now().Before(end) {
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
