package live

import (
	"fmt"
	"time"

	"github.com/gorun-dev/gorun/exec"
)

// -restart=on-failure: a program that ends by itself, and not well, is started
// again a few times, then gorun ends with its status, so that whatever runs gorun
// learns of it.

const (
	// firstBackoff is the pause before the first restart: a program that found its
	// database not listening yet should not be waited for by a person.
	firstBackoff = 100 * time.Millisecond
	// longestBackoff is what it grows to, doubling.
	longestBackoff = 10 * time.Second
	// stableAfter is how long a program must have run for its end to be the first
	// again: longer than the half minute after which most give up on a connection.
	stableAfter = time.Minute
)

// crashes are the restarts of a program that fails by itself.
type crashes struct {
	restarts int    // in a row
	last     string // how the program ended
	pausing  bool   // it is to start again when the pause is over
}

// forget is for a save: what comes of it has not failed yet.
func (c *crashes) forget() { c.restarts = 0 }

// note counts a program that has failed after it ran for a time. It returns what is
// to be said of it, and the pause before the restart, or again false if there
// have been enough; then follows says in words what gorun does.
func (c *crashes) note(
	out exec.Outcome, ran time.Duration, most int, follows string,
) (line string, pause time.Duration, again bool) {
	if ran >= stableAfter {
		c.restarts = 0
	}
	if c.restarts >= most {
		switch c.restarts {
		case 0:
			return out.String(), 0, false
		case 1:
			return fmt.Sprintf("%s; it was restarted once, %s", out, follows), 0, false
		}
		return fmt.Sprintf("%s; it was restarted %d times, %s", out, c.restarts, follows), 0, false
	}
	pause = longestBackoff
	if c.restarts < 7 {
		pause = min(pause, firstBackoff<<c.restarts)
	}
	c.restarts++
	c.last = out.String()
	return fmt.Sprintf("%s; restart %d of %d in %v", out, c.restarts, most, pause), pause, true
}

// onCrash does what is to be done about a program that has ended by itself, and
// reports whether that was anything.
func (m *machine) onCrash(p *instance, out exec.Outcome) bool {
	if out.Success() {
		return false
	}
	m.hookFailure(PhaseRun, out.String(), out.ExitStatus())
	settings := m.slot.last.Settings // what serves is an instance of the last version
	if !settings.Restart {
		return false
	}
	follows := "gorun ends"
	if settings.OneOfMany {
		follows = "waiting for a save"
	}
	line, pause, again := m.crashes.note(out, m.now.Sub(p.since), settings.MaxRestarts, follows)
	m.fail("%s", line)
	switch {
	case again:
		m.crashes.pausing = true
		m.arm(backoffTimer, pause)
	case !settings.OneOfMany:
		m.exit(out.ExitStatus())
	}
	return true
}
