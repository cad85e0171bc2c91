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

// While nothing happens the directories are checked less and less often, and after the first event
// soon again.
func TestHeartbeatAtRest(t *testing.T) {
	for _, backend := range backends() {
		if backend == "poll" {
			continue
		}
		t.Run(backend, func(t *testing.T) {
			begin := func(beat time.Duration) (*rig, *router) {
				r := newRig(t, backend, func(_ *Options, tu *tuning) { tu.heartbeat = beat })
				r.watch(r.dir)
				return r, r.w.watchlist.router
			}
			_, router := begin(10 * time.Millisecond)
			eventually(t, "a rest", router.awaited.Load)

			r, router := begin(time.Hour) // the test alone says that there is a rest
			r.drainEchoes()
			router.awaitEvent()
			r.write(r.join("new.go"), "package p")
			eventually(t, "an event that ends the rest", func() bool { return !router.awaited.Load() })
		})
	}
	l := &watchlist{heartbeat: heartbeat}
	var rest time.Duration
	for range 5 {
		rest += l.heartbeatPause(0)
		l.idleChecks++
	}
	if most := l.heartbeatPause(0); rest < 60*time.Second || most > 32*time.Second {
		t.Errorf("five checks at rest within %v, and then one every %v", rest, most)
	}
	l.idleChecks = 1000
	if p := l.heartbeatPause(0); p != heartbeat<<maxDoublings {
		t.Errorf("a pause of %v", p)
	}
	l.heartbeat = time.Millisecond
	timer := time.NewTimer(time.Hour)
	l.activity(timer)
	select {
	case <-timer.C:
	case <-time.After(patience):
		t.Error("after an event the next check does not come sooner")
	}
}
