package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
)

// fakeHook is a hook that ends when the test says so, or, if it is cancelled, at once.
type fakeHook struct {
	name  string
	about About
	done  chan struct{}
	err   error
	slow  bool // takes its time to end when it is cancelled

	cancelled atomic.Bool
}

func (h *fakeHook) Done() <-chan struct{} { return h.done }
func (h *fakeHook) Err() error            { return h.err }
func (h *fakeHook) Status() int {
	if h.err != nil {
		return 1
	}
	return 0
}

func (h *fakeHook) Cancel() {
	h.cancelled.Store(true)
	if !h.slow {
		h.end(context.Canceled)
	}
}

func (h *fakeHook) end(err error) {
	select {
	case <-h.done:
	default:
		h.err = err
		close(h.done)
	}
}

func (h *fakeHook) String() string {
	s := h.name + " " + h.about.Reason
	if h.about.Phase != "" {
		s += " in " + string(h.about.Phase)
	}
	if h.about.Pid != 0 {
		s += fmt.Sprintf(" of %d", h.about.Pid)
	}
	if h.about.Status != nil {
		s += fmt.Sprintf(" status %d", *h.about.Status)
	}
	return s
}

func (w *world) hook(name string, about About) Hook {
	w.turn()
	if !slices.Contains(w.hookable, name) {
		return nil
	}
	h := &fakeHook{name: name, about: about, done: make(chan struct{})}
	w.hooks = append(w.hooks, h)
	return h
}

func (w *world) lastHook() *fakeHook { return w.hooks[len(w.hooks)-1] }

// hookEnds ends the newest hook.
func (w *world) hookEnds(err error) {
	w.lastHook().end(err)
	synctest.Wait()
}

// wantHooks checks which hooks were started since it was last called.
func (w *world) wantHooks(want ...string) {
	w.t.Helper()
	var got []string
	for _, h := range w.hooks {
		if h.name != "" {
			got = append(got, h.String())
			h.name = ""
		}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("hooks %q, want %q; log: %q", got, want, w.sayings())
	}
}

func testHooks(t *testing.T, hooks string, o Settings, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hookable = strings.Fields(hooks)
		w.run(o)
		f(t, w)
	})
}

var errHook = errors.New("exit status 1")

func TestBeforeBuildPrecedesEachBuild(t *testing.T) {
	testHooks(t, BeforeBuild, Settings{}, func(t *testing.T, w *world) {
		w.want(0, 0)
		w.wantHooks("before-build start")
		if w.loads != 0 {
			t.Error("the graph is loaded before its files are what they will be")
		}
		w.hookEnds(nil)
		w.want(1, 0)
		w.built()
		w.want(1, 1)
		// Not on a save's first event, but when the files are quiet.
		w.save("/m/main.go")
		w.wantHooks()
		w.pass(quietWindow)
		w.wantHooks("before-build main.go")
		w.want(1, 1)
		w.hookEnds(nil)
		w.want(2, 1)
		w.built()
		w.want(2, 2)
		w.wantSaid("main.go: go build, swapped in 10ms")
		w.finish()
	})
}

func TestBeforeBuildIsNotRunToCheckABuild(t *testing.T) {
	testHooks(t, BeforeBuild, Settings{}, func(t *testing.T, w *world) {
		w.hookEnds(nil)
		w.lastBuild().finish(incremental.Result{Exe: &incremental.Executable{Path: "/exe/kept"}, Reused: true})
		synctest.Wait()
		w.pass(time.Second)
		w.want(2, 1)
		w.wantHooks("before-build start")
		w.lastBuild().finish(incremental.Result{Same: true})
		synctest.Wait()
		// Nobody can tell whether a file was written during a build, as the hook
		// may have done right before: built once more, without it.
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.wantHooks("before-build main.go")
		w.hookEnds(nil)
		w.since = []string{"/m/README.md"}
		w.built()
		w.pass(quietWindow)
		w.want(4, 1)
		w.wantHooks()
		w.built()
		w.want(4, 2)
		w.finish()
	})
}

func TestFailedBeforeBuildStopsTheReloadAlone(t *testing.T) {
	testHooks(t, BeforeBuild+" "+OnFail, Settings{}, func(t *testing.T, w *world) {
		w.hookEnds(nil)
		w.built()
		w.wantHooks("before-build start")
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.hookEnds(errHook)
		w.want(1, 1)
		w.wantSaid("before-build: exit status 1; the program runs on")
		w.wantHooks("before-build main.go", "on-fail before-build: exit status 1 in check of 1000 status 1")
		w.hookEnds(nil)
		w.save("/m/lib.go")
		w.pass(quietWindow)
		w.wantHooks("before-build main.go (+1)")
		w.hookEnds(nil)
		w.built()
		w.want(2, 2)
		w.finish()
	})
}

func TestFailedFirstBeforeBuildEndsGorun(t *testing.T) {
	testHooks(t, BeforeBuild+" "+OnFail, Settings{}, func(t *testing.T, w *world) {
		w.hookEnds(errHook)
		w.wantSaid("before-build: exit status 1")
		w.wantHooks("before-build start", "on-fail before-build: exit status 1 in check status 1")
		select {
		case <-w.status:
			t.Error("gorun does not wait for on-fail")
		default:
		}
		w.hookEnds(nil)
		w.wantStatus(1)
	})
}

func TestFailedFirstBeforeBuildIsMended(t *testing.T) {
	testHooks(t, BeforeBuild, Settings{Stay: true}, func(t *testing.T, w *world) {
		w.hookEnds(errHook)
		w.wantSaid("before-build: exit status 1; waiting for a save")
		w.wantHooks("before-build start")
		w.wantSaid("watch /m")
		w.pass(time.Second)
		w.wantHooks() // once
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.wantHooks("before-build main.go")
		w.hookEnds(nil)
		w.built()
		w.want(1, 1)
		w.finish()
	})
}

func TestSaveDuringBeforeBuildBeginsItAnew(t *testing.T) {
	testHooks(t, BeforeBuild, Settings{}, func(t *testing.T, w *world) {
		w.hookEnds(nil)
		w.built()
		w.wantHooks("before-build start")
		w.save("/m/main.go")
		w.pass(time.Second)
		first := w.lastHook()
		w.save("/m/lib.go")
		if first.cancelled.Load() {
			t.Error("cancelled before the files are quiet: it may be writing them")
		}
		w.pass(quietWindow)
		if !first.cancelled.Load() {
			t.Error("the hook goes on with old files")
		}
		w.wantHooks("before-build main.go", "before-build main.go")
		// The second run is not disturbed: it may be the hook that writes.
		w.save("/m/lib.go")
		w.pass(time.Second)
		w.wantHooks()
		w.hookEnds(nil)
		w.want(2, 1)
		w.built()
		w.want(2, 2)
		w.wantHooks()
		w.wantSaid("main.go: go build, swapped in")
		// The next save finds everything as it was.
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.save("/m/lib.go")
		w.pass(quietWindow)
		w.wantHooks("before-build main.go", "before-build main.go")
		w.finish()
	})
}

// TestBeforeBuildThatWrites is a generator whose output differs each time.
func TestBeforeBuildThatWrites(t *testing.T) {
	for _, late := range []bool{false, true} {
		testHooks(t, BeforeBuild, Settings{}, func(t *testing.T, w *world) {
			w.hookEnds(nil)
			w.built()
			w.wantHooks("before-build start")
			writes := func() {
				if late { // the event comes when the hook has ended
					w.saved = append(w.saved, "/m/gen.go")
					w.kinds["/m/gen.go"] = depgraph.Rebuild
					w.disk.Add(1)
				} else {
					w.kinds["/m/gen.go"] = depgraph.Rebuild
					w.save("/m/gen.go")
				}
				w.hookEnds(nil)
			}
			w.save("/m/main.go")
			w.pass(quietWindow)
			w.wantHooks("before-build main.go")
			writes()
			w.wantHooks("before-build main.go")
			writes()
			w.pass(time.Second)
			w.want(2, 1)
			w.built()
			w.want(2, 2)
			w.kinds["/m/gen.go"] = depgraph.None // the graph has seen it
			w.event("/m/gen.go")
			w.pass(time.Minute)
			w.want(2, 2)
			w.wantHooks()
			w.wantSaid("main.go: go build, swapped in")
			w.finish()
		})
	}
}

func TestStartHooksAreInOrder(t *testing.T) {
	testHooks(t, BeforeStart+" "+AfterReady+" "+AfterStop, Settings{}, func(t *testing.T, w *world) {
		w.built()
		w.want(1, 0)
		w.wantHooks("before-start start")
		w.hookEnds(nil)
		w.want(1, 1)
		w.wantHooks()
		w.lastProgram().getReady()
		w.wantHooks("after-ready start of 1000")
		ready := w.lastHook()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		if !ready.cancelled.Load() {
			t.Error("after-ready goes on without its program")
		}
		w.wantHooks("after-stop killed by SIGTERM of 1000 status 143")
		w.pass(time.Second)
		w.want(2, 1) // it may remove what the next version makes
		w.hookEnds(nil)
		w.wantHooks("before-start main.go")
		w.want(2, 1)
		w.hookEnds(nil)
		w.want(2, 2)
		w.wantSaid("main.go: go build, swapped in 1.01s")
		// At the end of gorun it is waited for.
		w.signals <- syscall.SIGTERM
		synctest.Wait()
		w.wantHooks("after-stop killed by SIGTERM of 1001 status 143")
		select {
		case <-w.status:
			t.Fatal("gorun does not wait for after-stop")
		default:
		}
		w.hookEnds(nil)
		w.wantStatus(143)
	})
}

func TestFailedBeforeStartBringsTheOldVersionBack(t *testing.T) {
	testHooks(t, BeforeStart+" "+OnFail, Settings{}, func(t *testing.T, w *world) {
		old := w.built()
		w.hookEnds(nil)
		w.wantHooks("before-start start")
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.hookEnds(errHook)
		w.want(2, 2)
		if w.lastProgram().exe != old {
			t.Error("another executable was started")
		}
		w.wantSaid("before-start: exit status 1; the old version is started again")
		w.wantHooks("before-start main.go", "on-fail before-start: exit status 1 in start status 1")
		w.hookEnds(nil)
		// Undone: what runs is right, but only a build can say so.
		w.undo(0, "/m/main.go")
		w.pass(quietWindow)
		if w.lastBuild().running != old {
			t.Error("the build is not compared with what runs")
		}
		w.lastBuild().finish(incremental.Result{Same: true})
		synctest.Wait()
		w.want(3, 2)
		w.finish()
	})
}

func TestFailedBeforeStartWithoutAProgram(t *testing.T) {
	testHooks(t, BeforeStart, Settings{Stay: true}, func(t *testing.T, w *world) {
		w.built()
		w.hookEnds(errHook)
		w.wantSaid("before-start: exit status 1; waiting for a save")
		w.want(1, 0)
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.hookEnds(nil)
		w.want(2, 1)
		w.finish()
	})
	testHooks(t, BeforeStart, Settings{}, func(t *testing.T, w *world) {
		w.built()
		w.hookEnds(errHook)
		w.wantStatus(1)
	})
}

// TestNewerBuildDuringBeforeStart shows that what waits is overtaken, and that the
// hook runs to its end and then for the newer version.
func TestNewerBuildDuringBeforeStart(t *testing.T) {
	testHooks(t, BeforeStart, Settings{}, func(t *testing.T, w *world) {
		w.built()
		w.hookEnds(nil)
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		hook := w.lastHook()
		w.wantHooks("before-start start", "before-start main.go")
		w.save("/m/lib.go")
		w.pass(quietWindow)
		newest := w.built()
		w.want(3, 1)
		if hook.cancelled.Load() {
			t.Error("a hook that may be migrating a database was cancelled")
		}
		hook.end(nil)
		synctest.Wait()
		w.want(3, 1)
		w.wantHooks("before-start main.go (+1)")
		w.hookEnds(nil)
		w.want(3, 2)
		if w.lastProgram().exe != newest {
			t.Error("a stale executable was started")
		}
		// A newer one that is broken: the last good one starts, prepared as it is.
		w.save("/m/main.go")
		w.pass(quietWindow)
		good := w.built()
		w.save("/m/lib.go")
		w.pass(quietWindow)
		w.wantHooks("before-start main.go")
		w.hookEnds(nil)
		w.want(5, 2)
		w.brokenBuild()
		w.want(5, 3)
		if w.lastProgram().exe != good {
			t.Error("another executable was started")
		}
		w.wantSaid("build failed; the last good one runs")
		w.wantHooks()
		w.finish()
	})
}

func TestSignalDuringBeforeStart(t *testing.T) {
	testHooks(t, BeforeStart, Settings{}, func(t *testing.T, w *world) {
		w.built()
		w.signals <- syscall.SIGINT
		synctest.Wait()
		if !w.lastHook().cancelled.Load() {
			t.Error("the hook goes on")
		}
		w.wantStatus(130)
		w.want(1, 0)
	})
}

func TestOverlapHooks(t *testing.T) {
	testHooks(t, BeforeStart+" "+AfterReady+" "+AfterStop, Settings{Overlap: true}, func(t *testing.T, w *world) {
		w.built()
		w.hookEnds(nil)
		old := w.lastProgram()
		old.getReady()
		w.wantHooks("before-start start", "after-ready start of 1000")
		w.hookEnds(nil)
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.wantHooks("before-start main.go")
		w.want(2, 1)
		if got := old.received(); len(got) != 0 {
			t.Errorf("the old program got %q", got)
		}
		w.hookEnds(nil)
		w.want(2, 2)
		w.wantHooks()
		w.lastProgram().getReady()
		w.wantHooks("after-ready main.go of 1001", "after-stop killed by SIGTERM of 1000 status 143")
		for _, h := range w.hooks {
			h.end(nil)
		}
		synctest.Wait()
		// It fails: the old one was never touched.
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.wantHooks("before-start main.go")
		w.hookEnds(errHook)
		w.want(3, 2)
		w.wantSaid("before-start: exit status 1; the old version runs on")
		// The old one ends while the new one waits.
		w.save("/m/main.go")
		w.pass(quietWindow)
		newest := w.built()
		hook := w.lastHook()
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.wantHooks("before-start main.go", "after-stop exit status 3 of 1001 status 3")
		w.hookEnds(nil)
		w.want(4, 2)
		hook.end(nil)
		synctest.Wait()
		w.want(4, 3)
		if w.lastProgram().exe != newest {
			t.Error("another executable was started")
		}
		w.hookable = nil
		w.endAll()
	})
}

// TestOverlapUndoneDuringBeforeStart shows that a version that only waits to be
// started goes when it is not wanted any more.
func TestOverlapUndoneDuringBeforeStart(t *testing.T) {
	testHooks(t, BeforeStart, Settings{Overlap: true}, func(t *testing.T, w *world) {
		w.built()
		w.hookEnds(nil)
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.undo(0, "/m/main.go")
		w.pass(quietWindow)
		w.lastBuild().finish(incremental.Result{Same: true})
		synctest.Wait()
		w.hookEnds(nil)
		w.want(3, 1)
		w.endAll()
	})
}

func TestAfterStopIsNeverCancelled(t *testing.T) {
	testHooks(t, AfterStop, Settings{}, func(t *testing.T, w *world) {
		w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		stop := w.lastHook()
		w.save("/m/lib.go")
		w.pass(quietWindow)
		w.built()
		w.pass(time.Minute)
		if stop.cancelled.Load() {
			t.Error("cancelled by a save")
		}
		w.want(3, 1)
		stop.end(errHook)
		synctest.Wait()
		w.wantSaid("after-stop: exit status 1")
		w.want(3, 2) // told, and nothing else
		// Not even by the signal that ends gorun, but by the next.
		w.signals <- syscall.SIGINT
		synctest.Wait()
		last := w.lastHook()
		if last == stop || last.cancelled.Load() {
			t.Error("the cleanup does not run")
		}
		w.signals <- syscall.SIGINT
		synctest.Wait()
		w.wantStatus(130)
		if !last.cancelled.Load() {
			t.Error("gorun ended without its hook")
		}
	})
}

func TestOnFailHearsOfEverything(t *testing.T) {
	testHooks(t, OnFail, Settings{Stay: true}, func(t *testing.T, w *world) {
		w.brokenBuild()
		w.wantHooks("on-fail build failed in build status 1")
		first := w.lastHook()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.startErr = errors.New("no such file")
		w.built()
		w.startErr = nil
		w.wantHooks("on-fail no such file in start status 1")
		if !first.cancelled.Load() {
			t.Error("news of something older goes on")
		}
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.wantHooks("on-fail exit status 3 in run status 3")
		w.hookEnds(errHook)
		w.wantSaid("on-fail: exit status 1")
		// A program that ends well, or because it is told to, has not failed.
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.lastProgram().end(exec.Outcome{})
		synctest.Wait()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.finish()
		w.wantHooks()
	})
}

func TestFailedAfterReadyIsTold(t *testing.T) {
	testHooks(t, AfterReady+" "+OnFail, Settings{}, func(t *testing.T, w *world) {
		w.built()
		w.lastProgram().getReady()
		w.hookEnds(errHook)
		w.wantSaid("after-ready: exit status 1")
		w.wantHooks("after-ready start of 1000")
		if got := w.lastProgram().received(); len(got) != 0 {
			t.Errorf("the program got %q", got)
		}
		w.finish()
	})
}

// TestHooksAreToldOf shows that each hook is an event of the reload that it belongs
// to, and that a reload's events add up to its time all the same.
func TestHooksAreToldOf(t *testing.T) {
	testHooks(t, "before-build before-start after-ready after-stop on-fail", Settings{}, func(t *testing.T, w *world) {
		begin := time.Now()
		ends := func(after time.Duration, err error) {
			w.pass(after)
			w.hookEnds(err)
		}
		ends(time.Second, nil) // before-build
		w.built()
		ends(2*time.Second, nil) // before-start
		w.lastProgram().getReady()
		ends(4*time.Second, errHook) // after-ready
		w.save("/m/main.go")
		w.pass(quietWindow)
		ends(time.Second, nil) // before-build
		w.built()
		ends(3*time.Second, nil) // after-stop
		ends(time.Second, errHook)
		w.hookEnds(nil) // on-fail
		w.mu.Lock()
		var got []string
		sums := map[int]float64{}
		for _, e := range w.events {
			sums[e.Reload] += e.Elapsed
			if e.Kind == event.Hook {
				got = append(got, fmt.Sprintf("%d %s %q %d", e.Reload, e.Name, e.Reason, *e.Status))
			}
		}
		w.mu.Unlock()
		want := []string{
			`0 before-build "start" 0`, `0 before-start "start" 0`, `0 after-ready "start" 1`,
			`1 before-build "main.go" 0`, `0 after-stop "killed by SIGTERM" 0`, `1 before-start "main.go" 1`,
			`1 on-fail "before-start: exit status 1" 0`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("told of %q, want %q", got, want)
		}
		if life := time.Since(begin).Seconds(); sums[1] > life || sums[1] < 5 {
			t.Errorf("the reload took %v s by its events", sums[1])
		}
		w.hookable = nil
		w.finish()
	})
}
