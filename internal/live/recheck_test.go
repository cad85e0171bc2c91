package live

import (
	"testing"
	"time"
)

// While nothing happens all files are compared less and less often, and after any report soon again.
func TestFilesAreComparedLessOftenAtRest(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		times := func(d time.Duration) int {
			before := w.compared
			w.pass(d)
			return w.compared - before
		}
		if n := times(missedEvents); n != 1 {
			t.Errorf("in the first %v they were compared %d times", missedEvents, n)
		}
		if n, most := times(time.Hour), int(time.Hour/maxMissedEvents)+3; n > most || n < most-4 {
			t.Errorf("in an hour of rest they were compared %d times, want about %d", n, most)
		}
		w.event("/m/unknown")
		if n := times(missedEvents); n != 1 {
			t.Errorf("after a report they were compared %d times", n)
		}
		w.finish()
	})
}

// A program that writes where the watcher sees it does not put off the comparison of all files.
func TestReportsThatNeverStop(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.pass(time.Hour)
		before, reports := w.compared, 60
		for range reports {
			w.event("/m/log")
			w.pass(time.Second)
		}
		if n := w.compared - before; n != reports/int(missedEvents/time.Second) {
			t.Errorf("during %d reports in as many seconds they were compared %d times", reports, n)
		}
		w.finish()
	})
}

// A save of which there was no event after a long rest is found in the end; the next one sooner.
func TestSaveWithoutAnEventAfterARest(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.pass(time.Hour)
		w.saved = []string{"/m/main.go", "/m/lib.go"}
		w.disk.Store(1)
		w.pass(maxMissedEvents)
		w.want(2, 1)
		w.built()
		w.disk.Store(2)
		w.pass(2 * missedEvents)
		w.want(3, 2)
		w.finish()
	})
}
