package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// seenLimit bounds the wait for a reload, in addition to what the first build took. A
// tool that has not reloaded by then has not noticed, or will not.
const seenLimit = 20 * time.Second

func (p *program) seenLimit() time.Duration {
	return seenLimit + time.Duration(p.info.FirstMake*float64(time.Second))
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
	if err == nil && tn.manual != nil {
		err = tn.manual.saved(ctx, e)
	}
	if err == nil {
		next, ok, err = awaitReload(ctx, tn, e, token, printed)
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

// awaitReload waits for the process that has an edit in it, or until the tool says
// that there will be none.
func awaitReload(ctx context.Context, tn *turn, e, token string, printed int) (process, bool, error) {
	anyProcess := tn.tool.name == "floor" || editNamed(e).Invisible
	return tn.await(ctx, tn.program.seenLimit(), func(p process) bool {
		return anyProcess || slices.Contains(p.tokens, token)
	}, func() bool { return tn.saidSame(printed) })
}

// saidSame reports whether the tool has said, since it had printed that much,
// that there is no need to restart.
func (tn *turn) saidSame(printed int) bool {
	said := tn.printed.String()
	return tn.tool.sameText != "" && strings.Contains(said[min(printed, len(said)):], tn.tool.sameText)
}

func (m *reloader) result(tn *turn, name string) *result.Reload {
	for _, r := range m.results {
		if r.Program == tn.program.name && r.Tool == tn.tool.name && r.Save == name {
			return r
		}
	}
	r := &result.Reload{Program: tn.program.name, Tool: tn.tool.name, Save: name}
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
