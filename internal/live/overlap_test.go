package live

import (
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/event"
)

// overlapping runs the loop with -swap=overlap up to a new version that has
// started beside the old one.
func overlapping(t *testing.T) (w *world, old, arrival *fakeProgram) {
	w = newWorld(t)
	w.run(Settings{Overlap: true})
	w.built()
	w.pass(time.Second)
	old = w.lastProgram()
	w.save("/m/main.go")
	w.pass(time.Second)
	w.built()
	w.want(2, 2)
	if got := old.received(); len(got) != 0 {
		t.Fatalf("the old program got %q before the new one was ready", got)
	}
	return w, old, w.lastProgram()
}

func (p *fakeProgram) getReady() {
	close(p.ready)
	synctest.Wait()
}

// endAll ends gorun and with it the test.
func (w *world) endAll() {
	w.signals <- syscall.SIGTERM
	synctest.Wait()
	select {
	case <-w.status:
	default:
		w.t.Errorf("gorun goes on after SIGTERM; log: %q", w.sayings())
		for _, p := range w.programs {
			p.Kill()
		}
		<-w.status
	}
}

func TestOverlapStopsTheOldWhenTheNewIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, old, arrival := overlapping(t)
		if w.said("swapped") {
			t.Error("swapped before it was ready")
		}
		arrival.getReady()
		if got := old.received(); !slices.Equal(got, []string{"retire"}) {
			t.Errorf("the old program got %q", got)
		}
		w.wantSaid("main.go: go build, swapped in")
		w.want(2, 2)
		w.endAll()
		if got := arrival.received(); !slices.Contains(got, "terminated") {
			t.Errorf("the new program got %q at the end", got)
		}
	})
}

func TestOverlapKeepsTheOldWhenTheNewDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, old, arrival := overlapping(t)
		arrival.end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.wantSaid("the new version ended before it was ready (exit status 3); the old one runs on")
		// Undone: the old program is what the files say again.
		w.undo(0, "/m/main.go")
		w.pass(time.Second)
		w.wantSaid("undone, the program runs on")
		if got := old.received(); len(got) != 0 {
			t.Errorf("the old program got %q", got)
		}
		// The next good version takes over.
		w.save("/m/main.go")
		w.pass(time.Second)
		w.built()
		w.lastProgram().getReady()
		if got := old.received(); !slices.Equal(got, []string{"retire"}) {
			t.Errorf("the old program got %q", got)
		}
		w.endAll()
	})
}

func TestOverlapOvertakesWhatIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, old, arrival := overlapping(t)
		w.save("/m/lib.go")
		w.pass(time.Second)
		if got := arrival.received(); len(got) != 0 {
			t.Errorf("the arrival got %q before there was a newer one", got)
		}
		w.built()
		if got := arrival.received(); !slices.Equal(got, []string{"kill"}) {
			t.Errorf("the arrival got %q", got)
		}
		if got := old.received(); len(got) != 0 {
			t.Errorf("the old program got %q", got)
		}
		w.want(3, 3)
		w.endAll()
	})
}

func TestOverlapOldProgramEndsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, old, arrival := overlapping(t)
		old.end(exec.Outcome{Code: 1})
		synctest.Wait()
		w.wantSaid("swapped in")
		if w.said("waiting") {
			t.Errorf("log: %q", w.sayings())
		}
		arrival.end(exec.Outcome{Code: 4})
		synctest.Wait()
		w.wantSaid("exit status 4; waiting for a save")
		w.endAll()
	})
}

// What was in the way may end before gorun hears of it: the new version binds then.
func TestOverlapObstacleEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, old, arrival := overlapping(t)
		old.end(exec.Outcome{Code: 1})
		synctest.Wait()
		close(arrival.obstructed)
		synctest.Wait()
		if w.said("replacing instead") {
			t.Errorf("log: %q", w.sayings())
		}
		arrival.getReady()
		w.pass(time.Minute)
		if !slices.ContainsFunc(w.events, func(e event.Event) bool { return e.Kind == event.Ready && e.Pid == arrival.pid }) {
			t.Errorf("its readiness was not noticed; log: %q", w.sayings())
		}
		w.endAll()
	})
}

// A signal while both run ends both.
func TestOverlapSignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, old, arrival := overlapping(t)
		w.endAll()
		// Whether gorun kills it once more at its end depends on which end it hears of first.
		if got := slices.Compact(arrival.received()); !slices.Equal(got, []string{"kill"}) {
			t.Errorf("the arrival got %q", got)
		}
		if got := old.received(); len(got) == 0 || got[0] != "terminated" {
			t.Errorf("the old program got %q", got)
		}
	})
}

// An old program that does not end goes with gorun.
func TestOverlapLeavesNobodyBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.stubborn = true
		w.run(Settings{Overlap: true})
		w.built()
		w.pass(time.Second)
		old := w.lastProgram()
		w.stubborn = false
		w.save("/m/main.go")
		w.pass(time.Second)
		w.built()
		w.lastProgram().getReady()
		w.endAll()
		if got := old.received(); !slices.Equal(got, []string{"retire", "kill"}) {
			t.Errorf("the old program got %q", got)
		}
	})
}
