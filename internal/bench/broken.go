package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// saveBroken saves what does not compile, looks what becomes of the program, and
// mends it.
func (m *reloader) saveBroken(ctx context.Context, tn *turn) error {
	b := result.Broken{Program: tn.program.name, Tool: tn.tool.name}
	token := m.token()
	name := "undefined_" + token
	if _, err := tn.save("broken", name); err != nil {
		return err
	}
	if tn.manual != nil {
		var failed *buildError
		if err := tn.manual.saved(ctx, "broken"); err != nil && !errors.As(err, &failed) {
			return err
		}
	}
	before := tn.last
	// The compiler's words are out; then whatever the tool does about it.
	said := func() bool { return tn.manual != nil || strings.Contains(tn.printed.String(), name) }
	if err := m.waitUntil(ctx, said); err != nil {
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
	if tn.manual != nil {
		if err := tn.manual.saved(ctx, "body"); err != nil {
			return err
		}
	}
	next, ok, err := awaitReload(ctx, tn, "body", token, len(tn.printed.String()))
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

// waitUntil waits for something that may never come.
func (m *reloader) waitUntil(ctx context.Context, cond func() bool) error {
	end := time.Now().Add(seenLimit)
	for !cond() && time.Now().Before(end) {
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}
