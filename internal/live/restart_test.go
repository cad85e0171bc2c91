package live

import (
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
)

// restarting is a world with a program that reads /m/.env itself, up to where it
// runs.
func restarting(t *testing.T, o Settings) (w *world, exe *incremental.Executable, old *fakeProgram) {
	w = newWorld(t)
	w.kinds["/m/.env"] = depgraph.Restart
	w.run(o)
	exe = w.built()
	w.pass(time.Second)
	return w, exe, w.lastProgram()
}

func TestRestartWithoutABuild(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, exe, old := restarting(t, Settings{})
		w.event("/m/.env")
		if got := old.received(); len(got) != 0 {
			t.Errorf("the program got %q before the file was quiet", got)
		}
		w.event("/m/.env")
		w.pass(time.Second)
		w.want(1, 2)
		if got := old.received(); !slices.Equal(got, []string{"retire"}) {
			t.Errorf("the old program got %q", got)
		}
		if w.lastProgram().exe != exe {
			t.Error("another executable was started")
		}
		w.wantSaid(".env: restarted in 10ms")
		// It counts as a reload: gorun stays.
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.wantSaid("exit status 3; waiting for a save")
		// Of a program that has ended, too.
		w.event("/m/.env")
		w.pass(time.Second)
		w.want(1, 3)
		if len(w.idles) == 0 || w.idles[len(w.idles)-1] != "0 "+exe.Path {
			t.Errorf("Idle was told %q", w.idles)
		}
		w.endAll()
	})
}

func TestRestartWaitsForABuild(t *testing.T) {
	for _, c := range []struct {
		name     string
		end      func(*world)
		programs int
		said     string
	}{
		{"good", func(w *world) { w.built() }, 2, "main.go: go build, swapped in"},
		{"broken", (*world).brokenBuild, 2, ".env: restarted in"},
		{"same", func(w *world) {
			w.lastBuild().finish(incremental.Result{Same: true})
			synctest.Wait()
		}, 2, ".env: restarted in"},
		{"undone", func(w *world) {
			w.undo(0, "/m/main.go")
			w.pass(time.Second)
		}, 2, ".env: restarted in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _, old := restarting(t, Settings{})
				w.save("/m/main.go", "/m/.env")
				w.pass(time.Second)
				w.want(2, 1)
				if got := old.received(); len(got) != 0 {
					t.Fatalf("the program got %q during the build", got)
				}
				c.end(w)
				w.pass(time.Second)
				w.want(len(w.builds), c.programs)
				w.wantSaid(c.said)
				w.endAll()
			})
		})
	}
}

// What a broken build was of is still pending after a restart.
func TestRestartAfterABrokenBuild(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, exe, _ := restarting(t, Settings{})
		w.save("/m/main.go")
		w.pass(time.Second)
		w.brokenBuild()
		w.event("/m/.env")
		w.pass(time.Second)
		w.want(2, 2)
		if w.lastProgram().exe != exe {
			t.Error("another executable was started")
		}
		w.undo(0, "/m/main.go")
		w.pass(time.Second)
		w.wantSaid("main.go: undone, the program runs on")
		w.want(len(w.builds), 2)
		w.endAll()
	})
}

func TestSaveDuringARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.kinds["/m/.env"] = depgraph.Restart
		w.stubborn = true
		w.run(Settings{})
		w.built()
		w.pass(time.Second)
		old := w.lastProgram()
		w.event("/m/.env")
		w.pass(time.Second)
		w.stubborn = false
		w.save("/m/main.go")
		if got := old.received(); !slices.Equal(got, []string{"retire", "kill"}) {
			t.Errorf("the old program got %q", got)
		}
		w.pass(time.Second)
		w.want(2, 1)
		w.lastBuild().finish(incremental.Result{Same: true, How: "nothing"})
		w.pass(time.Second)
		w.want(2, 2)
		w.wantSaid("main.go: nothing, swapped in")
		w.endAll()
	})
}

func TestRestartOverlapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, exe, old := restarting(t, Settings{Overlap: true})
		w.event("/m/.env")
		w.pass(time.Second)
		w.want(1, 2)
		if got := old.received(); len(got) != 0 {
			t.Errorf("the old program got %q before the new one was ready", got)
		}
		// Saved once more before that: the one that is not ready is overtaken.
		stale := w.lastProgram()
		w.event("/m/.env")
		w.pass(time.Second)
		w.want(1, 3)
		if got := stale.received(); !slices.Equal(got, []string{"kill"}) {
			t.Errorf("the one that was not ready got %q", got)
		}
		w.lastProgram().getReady()
		w.wantSaid(".env: restarted in 1s")
		if got := old.received(); !slices.Equal(got, []string{"retire"}) {
			t.Errorf("the old program got %q", got)
		}
		// One that ends before it is ready changes nothing.
		w.event("/m/.env")
		w.pass(time.Second)
		w.lastProgram().end(exec.Outcome{Code: 2})
		synctest.Wait()
		w.wantSaid("ended before it was ready (exit status 2); the old one runs on")
		// A build that makes the same program does not undo a restart.
		w.event("/m/.env")
		w.save("/m/main.go")
		w.pass(time.Second)
		w.lastBuild().finish(incremental.Result{Same: true})
		w.pass(time.Second)
		w.lastProgram().getReady()
		w.want(2, 5)
		for _, p := range w.programs {
			if p.exe != exe {
				t.Error("another executable was started")
			}
		}
		w.endAll()
	})
}

// A version that is not ready yet is started again; it stays the new version.
func TestRestartOfAnArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, _ := restarting(t, Settings{Overlap: true})
		w.save("/m/main.go")
		w.pass(time.Second)
		exe := w.built()
		arrival := w.lastProgram()
		w.event("/m/.env")
		w.pass(time.Second)
		w.want(2, 3)
		if got := arrival.received(); !slices.Equal(got, []string{"kill"}) {
			t.Errorf("the arrival got %q", got)
		}
		w.lastProgram().getReady()
		if w.lastProgram().exe != exe {
			t.Error("another executable was started")
		}
		w.wantSaid("main.go: go build, swapped in")
		w.endAll()
	})
}

func TestRestartWhileEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.kinds["/m/.env"] = depgraph.Restart
		w.stubborn = true
		w.run(Settings{})
		w.built()
		w.pass(time.Second)
		w.signals <- syscall.SIGTERM
		w.event("/m/.env")
		w.pass(time.Second)
		w.want(1, 1)
		w.pass(4 * time.Second)
		w.wantStatus(137)
	})
}
