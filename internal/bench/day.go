package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// A working day with a tool: somebody starts it on files that nobody has built, saves soon after, adds a
// function, goes on, has a break, stops the tool right after a save, starts it again, and goes on. The table
// of reloads shows what a save costs in the middle of that; here count the short ways that a tool may only
// have for who waits.
//
// On the first day nothing is there of what a tool keeps; on the next ones there is what it has left.

// A moment of the day is a start or a save.
type moment struct {
	result.Save
	edit       string        // what is edited; with a start: before it; "": nothing
	start      bool          // the tool is started, and ended before if it runs
	pause      time.Duration // since the process before
	afterBreak bool          // the tool has done all that it does while nobody saves
}

// dayPause is how soon after a start somebody saves who knows what to change.
const dayPause = 2 * time.Second

var day = []moment{
	{Save: result.DayStart, start: true, edit: "body"},
	{Save: result.DayFirst, edit: "body", pause: dayPause},
	{Save: result.DayFunction, edit: "function", pause: rest},
	{Save: result.DayBody, edit: "body", pause: rest},
	{Save: result.DayRested, edit: "function", afterBreak: true},
	{Save: result.DayAgain, start: true, pause: rest},
	{Save: result.DayFirstAgain, edit: "body", pause: dayPause},
	{Save: result.DayFunctionAgain, edit: "function", pause: rest},
}

// dayTools have a day; the others would have that of air.
var dayTools = []string{"floor", "gorun", "go-build", "go-run", "air"}

// dayLimit is what the days may take altogether.
const dayLimit = 8 * time.Minute

// measureDays gives each tool a day in each of n rounds, fewer where more would be late. It returns how many
// there were.
func (m *reloader) measureDays(ctx context.Context, p *program, n int) (int, error) {
	began := time.Now()
	for round := range n {
		if round > 0 && time.Since(began)/time.Duration(round)*time.Duration(round+1) > dayLimit {
			m.log("day: %s, round %d of %d is left out: it would be late", p.name, round+1, n)
			return round, nil
		}
		for i := range m.tools {
			t := m.tools[(i+round)%len(m.tools)]
			if t.absent != "" || !slices.Contains(dayTools, t.name) {
				continue
			}
			if err := p.reset(); err != nil {
				return 0, err
			}
			tn, err := m.newTurn(t, p)
			if err != nil {
				return 0, err
			}
			o := &openTurn{turn: tn}
			err = m.day(ctx, o)
			if !m.noteFailure(ctx, o, o.explain(err)) {
				o.stop()
			}
			if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
			m.log("day: %s: %s has had its day", p.name, t.name)
		}
	}
	return n, nil
}

// day is one day of the tool of a turn. A start is a turn of its own, with the files as they are.
func (m *reloader) day(ctx context.Context, o *openTurn) error {
	for _, at := range day {
		var err error
		if at.afterBreak {
			err = o.awaitRest(ctx, max(o.tool.longRest, o.tool.restBefore))
		} else if o.last.pid != 0 {
			err = pause(ctx, at.pause-time.Since(o.last.at))
		}
		switch {
		case err != nil:
		case at.start:
			err = m.dayStart(ctx, o, at)
		default:
			err = m.reload(ctx, o.turn, at.Name, at.edit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dayStart starts the tool. The floor, which builds by hand what it knows already, starts nothing: what its
// preparation takes says nothing.
func (m *reloader) dayStart(ctx context.Context, o *openTurn, at moment) error {
	token := ""
	if at.edit != "" {
		token = m.token()
		if _, err := o.save(at.edit, token); err != nil {
			return err
		}
	}
	if o.last.pid != 0 {
		text := o.text
		o.stop()
		tn, err := m.newTurn(o.tool, o.program)
		if err != nil {
			return err
		}
		tn.text = text
		o.turn = tn
	}
	began := time.Now()
	if err := o.turn.start(ctx); err != nil {
		return err
	}
	if token != "" && !slices.Contains(o.last.tokens, token) {
		return fmt.Errorf("what was started is older than the files: it has %q", o.last.tokens)
	}
	if o.tool.name != "floor" {
		res := m.result(o.turn, at.Name)
		res.Seconds = append(res.Seconds, o.last.at.Sub(began).Seconds())
	}
	return nil
}
