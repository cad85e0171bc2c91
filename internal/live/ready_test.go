package live

import (
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/exec"
)

func TestReloadLineWaitsForReady(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Probe: true, ReadyTimeout: 30 * time.Second})
		w.built()
		w.pass(time.Second)
		w.lastProgram().getReady()
		w.wantSaid("ready in 1s")
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.want(2, 2)
		if w.said("swapped") {
			t.Error("the line comes before the program is ready")
		}
		w.pass(2 * time.Second)
		w.lastProgram().getReady()
		w.wantSaid("main.go: go build, swapped in 10ms, ready in 2.01s")
		w.pass(time.Hour)
		if w.said("not ready") {
			t.Errorf("log: %q", w.sayings())
		}
		w.finish()
	})
}

func TestWithoutAProbeNothingWaits(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.pass(time.Hour)
		w.lastProgram().getReady()
		if w.said("ready") {
			t.Errorf("log: %q", w.sayings())
		}
		w.finish()
	})
}

func TestNotReadyInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hookable = []string{OnFail, AfterReady}
		w.run(Settings{Probe: true, ReadyTimeout: 30 * time.Second})
		w.built()
		w.pass(30 * time.Second)
		w.wantSaid("not ready in 30s (it does not answer); the program runs on")
		w.wantHooks("on-fail not ready in 30s (it does not answer) in ready of 1000 status 1")
		w.hookEnds(nil)
		if got := w.lastProgram().received(); len(got) != 0 {
			t.Errorf("the program got %q", got)
		}
		w.pass(time.Hour)
		w.lastProgram().getReady() // better late
		w.wantSaid("ready in 1h0m30s")
		w.wantHooks("after-ready start of 1000")
		w.finish()
	})
}

func TestNotReadyEndsAPipeline(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Probe: true, ReadyTimeout: 30 * time.Second, MustBeReady: true})
		w.built()
		w.pass(30 * time.Second)
		w.wantStatus(1)
		if got := w.lastProgram().received(); !slices.Equal(got, []string{"kill"}) {
			t.Errorf("the program got %q", got)
		}
	})
}

// A program that ends is not waited for.
func TestReadyTimeoutEndsWithTheProgram(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true, Probe: true, ReadyTimeout: 30 * time.Second})
		w.built()
		w.lastProgram().end(exec.Outcome{Code: 1})
		w.pass(time.Minute)
		if w.said("not ready") {
			t.Errorf("log: %q", w.sayings())
		}
		w.finish()
	})
}

func TestOverlapNotReadyInTime(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Overlap: true, Probe: true, ReadyTimeout: 30 * time.Second})
		w.built()
		old := w.lastProgram()
		old.getReady()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		arrival := w.lastProgram()
		w.pass(30 * time.Second)
		w.wantSaid("the new version was not ready in 30s (it does not answer); the old one runs on")
		if got := arrival.received(); !slices.Equal(got, []string{"kill"}) {
			t.Errorf("the new program got %q", got)
		}
		if got := old.received(); len(got) != 0 {
			t.Errorf("the old program got %q", got)
		}
		// The next one is ready, and has a time of its own.
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.pass(29 * time.Second)
		w.lastProgram().getReady()
		if got := old.received(); !slices.Equal(got, []string{"retire"}) {
			t.Errorf("the old program got %q", got)
		}
		w.wantSaid("main.go: go build, swapped in 29.01s")
		w.pass(time.Minute)
		w.endAll()
	})
}

func TestCrashIsRestartedWithBackoffAndThenEndsGorun(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true, Restart: true, MaxRestarts: 3})
		exe := w.built()
		for i, pause := range []time.Duration{100, 200, 400} {
			w.pass(time.Second)
			w.lastProgram().end(exec.Outcome{Code: 3})
			w.pass(pause*time.Millisecond - 1)
			w.want(1, i+1)
			w.pass(1)
			w.want(1, i+2)
			if w.lastProgram().exe != exe {
				t.Error("another executable was started")
			}
		}
		w.wantSaid("exit status 3; restart 1 of 3 in 100ms")
		w.wantSaid("exit status 3; restart 3 of 3 in 400ms")
		w.lastProgram().end(exec.Outcome{Code: 4})
		synctest.Wait()
		w.wantSaid("exit status 4; it was restarted 3 times, gorun ends")
		w.wantStatus(4)
	})
}

func TestEndThatIsNoCrash(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Restart: true, MaxRestarts: 3})
		w.built()
		w.lastProgram().end(exec.Outcome{})
		synctest.Wait()
		w.wantStatus(0)
		w.want(1, 1)
	})
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true, Restart: true, MaxRestarts: 3})
		w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built() // the old one ends by a signal, because it is told to
		w.want(2, 2)
		if w.said("restart") {
			t.Errorf("log: %q", w.sayings())
		}
		w.signals <- syscall.SIGTERM
		synctest.Wait()
		w.wantStatus(143)
		w.want(2, 2)
	})
}

func TestCrashesAreForgotten(t *testing.T) {
	crash := func(w *world) {
		w.lastProgram().end(exec.Outcome{Signal: syscall.SIGSEGV})
		w.pass(longestBackoff)
	}
	test(t, func(t *testing.T, w *world) { // after a while
		w.run(Settings{Restart: true, MaxRestarts: 1})
		w.built()
		for range 5 {
			w.pass(stableAfter)
			crash(w)
		}
		w.want(1, 6)
		crash(w)
		w.wantStatus(139)
	})
	test(t, func(t *testing.T, w *world) { // with a save
		w.run(Settings{Restart: true, MaxRestarts: 1})
		w.built()
		crash(w)
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.want(2, 3)
		crash(w)
		w.want(2, 4)
		crash(w)
		w.wantStatus(139)
	})
}

// A save during the backoff: the new version starts, and only that.
func TestSaveDuringBackoff(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Restart: true, MaxRestarts: 3})
		w.built()
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.save("/m/main.go")
		w.pass(quietWindow)
		newest := w.built()
		w.want(2, 2)
		w.pass(time.Minute)
		w.want(2, 2)
		if w.lastProgram().exe != newest {
			t.Error("another executable was started")
		}
		// While it is being built, the old one does not come back; if it is broken, it does.
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.save("/m/main.go")
		w.pass(time.Minute)
		w.want(3, 2)
		w.brokenBuild()
		w.want(3, 3)
		w.finish()
	})
}

func TestSignalDuringBackoff(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Restart: true, MaxRestarts: 3})
		w.built()
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.signals <- syscall.SIGINT
		synctest.Wait()
		w.wantStatus(130)
		w.want(1, 1)
	})
}

func TestNoRestartAtAll(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true, Restart: true})
		w.built()
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.wantStatus(3)
	})
}
