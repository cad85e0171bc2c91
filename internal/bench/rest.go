package main

import (
	"context"
	"time"
)

// settle waits until the tool has been at rest for as long as it needs.
func (tn *turn) settle(ctx context.Context, calm time.Duration) error {
	if tn.hand != nil {
		return nil // nothing runs but the program
	}
	return atRest(ctx, tn.group.Pid(), calm)
}

// settleLimit bounds the wait for a tool that never rests. In the first of a session
// gorun compiles the whole program once more, at the lowest priority; what other
// sessions have compiled is there already.
const settleLimit = 3 * time.Minute

// atRest waits until a tool, given by its process, has used no processor for some
// time. Where that cannot be seen it waits for what gorun needs at most.
func atRest(ctx context.Context, pid int, calm time.Duration) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	since, last := begin, time.Duration(-1)
	for {
		used, ok := familyCPU(pid)
		now := time.Now()
		switch {
		case !ok && now.Sub(begin) > 4*calm:
			return nil
		case ok && (used < last || used > last+restful(now.Sub(since))):
			since, last = now, used
		case ok && now.Sub(since) > calm, now.Sub(begin) > settleLimit:
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// restful is what a tool that polls may use and still be at rest.
func restful(d time.Duration) time.Duration { return 2*time.Millisecond + d/50 }
