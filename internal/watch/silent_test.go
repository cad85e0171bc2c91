package watch

import (
	"testing"
	"time"
)

// A change and its event that come in the middle of a heartbeat, after the directories were
// checked, are no reason to poll: the next heartbeat finds the change, and has the event.
func TestEventWithinAHeartbeat(t *testing.T) {
	for _, backend := range backends() {
		if backend == "poll" {
			continue
		}
		t.Run(backend, func(t *testing.T) {
			r := newRig(t, backend, func(_ *Options, tu *tuning) { tu.heartbeat = time.Hour })
			r.watch(r.dir)
			r.drainEchoes()
			l := r.w.watchlist // it sleeps: its state is the test's
			heartbeat := func(middle func()) {
				heard := l.router.drainSeen()
				l.renewDead(nil, false)
				middle()
				l.findSilent(heard)
			}
			heartbeat(func() {
				r.path(r.write(r.join("new.go"), "package p"))
				for end := time.Now().Add(patience); !l.router.routes.Load().directories[r.dir].eventSeen.Load(); {
					if time.Now().After(end) {
						t.Fatal("no event was seen")
					}
					time.Sleep(time.Millisecond)
				}
			})
			heartbeat(func() {})
			heartbeat(func() {})
			if lines := r.said(); len(lines) > 0 {
				t.Errorf("the user was told: %q", lines)
			}
		})
	}
}
