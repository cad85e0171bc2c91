package live

import (
	"testing"
	"time"

	"github.com/gorun-dev/gorun/exec"
)

func TestCrashes(t *testing.T) {
	var c crashes
	for i, step := range []struct {
		ran  time.Duration
		most int

		line  string
		pause time.Duration
		again bool
	}{
		{time.Second, 3, "exit status 3; restart 1 of 3 in 100ms", 100 * time.Millisecond, true},
		{time.Second, 3, "exit status 3; restart 2 of 3 in 200ms", 200 * time.Millisecond, true},
		{stableAfter, 3, "exit status 3; restart 1 of 3 in 100ms", 100 * time.Millisecond, true},
		{time.Second, 1, "exit status 3; it was restarted once, gorun ends", 0, false},
		{time.Second, 2, "exit status 3; restart 2 of 2 in 200ms", 200 * time.Millisecond, true},
		{time.Second, 2, "exit status 3; it was restarted 2 times, gorun ends", 0, false},
		{stableAfter, 0, "exit status 3", 0, false},
	} {
		line, pause, again := c.note(exec.Outcome{Code: 3}, step.ran, step.most, "gorun ends")
		if line != step.line || pause != step.pause || again != step.again {
			t.Errorf("%d: %q, %v, %t", i, line, pause, again)
		}
	}
	c.forget()
	for n := range 20 {
		if _, pause, _ := c.note(exec.Outcome{Code: 3}, 0, 100, "gorun ends"); pause != min(longestBackoff, 100*time.Millisecond<<n) {
			t.Errorf("pause %d is %v", n, pause)
		}
	}
}
