package live

import (
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/watch"
)

// The loop around the machine; what the machine decides, the transcripts show.

func TestSaveBuildsAtOnceAndSwapsWhenQuiet(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		old := w.lastProgram()
		w.save("/m/main.go")
		w.want(2, 1)
		exe := w.built()
		if len(old.received()) != 0 {
			t.Fatalf("swapped before the files were quiet: %v", old.received())
		}
		w.pass(quietWindow)
		w.want(2, 2)
		if !slices.Equal(old.received(), []string{"retire"}) {
			t.Errorf("the old program got %v", old.received())
		}
		if w.lastProgram().exe != exe {
			t.Error("another executable was started")
		}
		w.wantSaid("main.go: go build, swapped in 10ms")
		w.lastProgram().end(exec.Outcome{Code: 1})
		synctest.Wait()
		w.wantSaid("exit status 1; waiting for a save") // the edit loop has begun
		w.finish()
	})
}

func TestLongBurstDoesNotPutOffABuildForEver(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		for range 50 {
			w.save("/m/main.go")
			w.pass(5 * time.Millisecond)
		}
		if len(w.builds) < 3 {
			t.Errorf("%d builds in a burst of 250 ms", len(w.builds))
		}
		w.finish()
	})
}

func TestSavedInANewDirBeforeItIsWatched(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.dirs, w.watchDirsChanged = []string{"/m", "/m/static"}, true
		w.watching = func() { // its event does not come
			w.saved = append(w.saved, "/m/static/a.css")
			w.disk.Add(1)
			w.watching = nil
		}
		w.event("/m/static")
		w.want(2, 1)
		w.pass(quietWindow)
		w.built()
		w.wantSaid("static/a.css: go build, swapped in")
		w.finish()
	})
}

// A recorded program that comes later, by a change of profiles, has all in it that was
// saved before it was found.
func TestRecordedProgramOfLaterIsAskedForSinceThen(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true})
		w.built()
		w.pass(time.Minute)
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.lastBuild().finish(incremental.Result{Exe: &incremental.Executable{Path: "/exe/kept"}, Reused: true})
		synctest.Wait()
		if n := len(w.asked); n != 1 || !w.asked[0].Equal(w.builds[1].started) {
			t.Errorf("asked for files saved since %v, want since %v", w.asked, w.builds[1].started)
		}
		w.finish()
	})
}

func TestReloadLoadsTheGraphBeforeItTrustsABuild(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.loadTime = 300 * time.Millisecond
		w.dirs = []string{"/m", "/m/new"}
		w.save("/m/go.mod")
		w.pass(quietWindow)
		w.built()
		w.want(2, 1)
		w.pass(300 * time.Millisecond)
		w.want(2, 2)
		w.wantSaid("watch /m /m/new")
		if w.loads != 2 {
			t.Errorf("%d loads", w.loads)
		}
		w.finish()
	})
}

func TestSignalIsPassedOnAndThenKills(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.stubborn = true
		w.run(Settings{Grace: 3 * time.Second})
		w.built()
		w.signals <- syscall.SIGTERM
		w.pass(2 * time.Second)
		p := w.lastProgram()
		if !slices.Equal(p.received(), []string{"terminated"}) {
			t.Errorf("the program got %v", p.received())
		}
		w.pass(time.Second)
		w.wantStatus(137)
	})
}

func TestOverflowLooksAtEverything(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.saved = []string{"/m/main.go"}
		w.disk.Store(1)
		w.batches <- watch.Batch{All: true}
		synctest.Wait()
		w.want(2, 1)
		w.finish()
	})
}

func TestSaveWithoutAnEventIsFoundInTheEnd(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.saved = []string{"/m/main.go"}
		w.disk.Store(1)
		w.pass(missedEvents)
		w.want(2, 1)
		w.finish()
	})
}

// TestIdleIsToldOnceAndWithWhatRuns shows when there is time for what nobody waits for.
func TestIdleIsToldOnceAndWithWhatRuns(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.loadTime = time.Second
		w.run(Settings{Stay: true})
		w.built()
		want := func(idles ...string) {
			t.Helper()
			if !slices.Equal(w.idles, idles) {
				t.Fatalf("idle was told %q, want %q", w.idles, idles)
			}
		}
		want() // the graph is not there yet
		w.pass(time.Second)
		want("0 /exe/1")
		w.save("/m/README.md")
		w.pass(time.Second)
		want("0 /exe/1")
		w.save("/m/main.go")
		w.pass(quietWindow)
		want("0 /exe/1") // a build is under way
		w.built()
		want("0 /exe/1", "1 /exe/2")
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.brokenBuild()
		w.pass(time.Second)
		want("0 /exe/1", "1 /exe/2") // what runs is not what the files say
		w.undo(1, "/m/main.go")
		w.pass(time.Second)
		want("0 /exe/1", "1 /exe/2", "1 /exe/2")
		w.finish()
	})
}

// TestAlarmBuildsAgain shows that a program that is not what it should be is replaced, and that
// undoing an edit does not keep it.
func TestAlarmBuildsAgain(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.save("/m/main.go")
		w.pass(quietWindow)
		w.built()
		w.want(2, 2)
		w.alarms <- incremental.Alarm{Report: "/cache/direct-1.txt"}
		synctest.Wait()
		w.wantSaid("go build makes another program of these files; it is built again and the direct way is off\n" +
			"please report /cache/direct-1.txt")
		w.want(3, 2)
		// A save comes, and is undone: the wrong program must go all the same.
		w.save("/m/lib.go")
		w.pass(time.Millisecond)
		w.undo(2, "/m/lib.go")
		w.pass(quietWindow)
		w.want(5, 2)
		right := w.built()
		w.want(5, 3)
		if got := w.lastProgram().exe; got != right {
			t.Errorf("%s runs, want %s", got.Path, right.Path)
		}
		w.wantSaid("the program (+1): go build, swapped in")
		w.finish()
	})
}
