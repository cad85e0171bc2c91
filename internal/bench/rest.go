package main

import (
	"context"
	"time"
)

// awaitRest waits until the tool has been at rest for as long as it needs.
func (tn *turn) awaitRest(ctx context.Context, rest time.Duration) error {
	if tn.manual != nil {
		return nil // nothing runs but the program
	}
	return awaitRest(ctx, tn.group.Pid(), rest)
}

// restLimit bounds the wait for a tool that never rests. In the first of a session
// gorun compiles the whole program once more, at the lowest priority; what other
// sessions have compiled is there already.
const restLimit = 3 * time.Minute

// awaitRest waits until a tool, given by its process, has used no processor for some
// time. Where that cannot be seen it waits for what gorun needs at most.
func awaitRest(ctx context.Context, pid int, rest time.Duration) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	since, last := begin, time.Duration(-1)
	for {
		used, ok := familyCPU(pid)
		now := time.Now()
		switch {
		case !ok && now.Sub(begin) > 4*rest:
			return nil
		case ok && (used < last || used > last+idleUse(now.Sub(since))):
			since, last = now, used
		case ok && now.Sub(since) > rest, now.Sub(begin) > restLimit:
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// idleUse is what a tool that polls may use and still be at rest.
func idleUse(d time.Duration) time.Duration { return 2*time.Millisecond + d/50 }
