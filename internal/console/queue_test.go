package console_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/internal/console"
)

// A stuckWriter blocks until it is released.
type stuckWriter struct {
	released chan struct{} // closed by the test
	b        bytes.Buffer
}

func (w *stuckWriter) Write(p []byte) (int, error) {
	<-w.released
	return w.b.Write(p)
}

func TestNobodyWaitsForTheWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuckWriter{released: make(chan struct{})}
		c := console.New(w, console.Options{Debug: "plan"})
		c.Queue()
		lines := c.Lines("hook")
		begin := time.Now()
		c.Say("one")
		c.Fail("two")
		c.Debug("plan")("three")
		c.Output([]byte("four"))
		lines.Write([]byte("five\n"))
		c.Flush()
		if waited := time.Since(begin); waited > 2*time.Second {
			t.Errorf("the end waited %v for a writer that is stuck", waited)
		}
		close(w.released)
		c.Flush()
		want := "gorun: one\ngorun: two\ngorun: plan: three\nfour\ngorun: hook: five\n"
		if got := w.b.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestDroppedLinesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuckWriter{released: make(chan struct{})}
		c := console.New(w, console.Options{})
		c.Queue()
		long := strings.Repeat("x", 100<<10)
		const all = 40
		for i := range all {
			c.Say("%d %s", i, long)
			synctest.Wait()
		}
		close(w.released)
		c.Flush()
		c.Say("after")
		c.Flush()
		printed := strings.Count(w.b.String(), "x\n")
		if printed == 0 || printed == all {
			t.Fatalf("%d lines of %d were printed", printed, all)
		}
		want := fmt.Sprintf("gorun: %d lines are missing here, for nobody took them\ngorun: after\n", all-printed)
		if !strings.HasSuffix(w.b.String(), want) {
			t.Errorf("the end is %q, want %q", w.b.String()[w.b.Len()-200:], want)
		}
	})
}

type goneWriter struct{ writes int }

func (w *goneWriter) Write([]byte) (int, error) {
	w.writes++
	return 0, errors.New("broken pipe")
}

func TestNothingIsWrittenToAReaderThatHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := new(goneWriter)
		c := console.New(w, console.Options{})
		c.Queue()
		for range 3 {
			c.Say("x")
			c.Flush()
		}
		if w.writes != 1 {
			t.Errorf("%d writes, want the one that failed", w.writes)
		}
	})
}
