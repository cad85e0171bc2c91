package live

import (
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

// onCrash does what is to be done about a program that has ended by itself, and
// reports whether that was anything.
func (l *loop) onCrash(out exec.Outcome, ran time.Duration) bool {
	if out.Success() {
		return false
	}
	l.fail(PhaseRun, out.String(), out.ExitStatus())
	if !l.opts.Restart {
		return false
	}
	if ran >= stableAfter {
		l.crashes = 0
	}
	if l.crashes >= l.opts.MaxRestarts {
		switch l.crashes {
		case 0:
			l.Fail("%s", out)
		case 1:
			l.Fail("%s; it was restarted once, gorun ends", out)
		default:
			l.Fail("%s; it was restarted %d times, gorun ends", out, l.crashes)
		}
		l.exit(out.ExitStatus())
		return true
	}
	pause := longestBackoff
	if l.crashes < 7 {
		pause = min(pause, firstBackoff<<l.crashes)
	}
	l.crashes++
	l.crashed = out.String()
	l.Fail("%s; restart %d of %d in %v", out, l.crashes, l.opts.MaxRestarts, pause)
	l.backoff.Reset(pause)
	return true
}

// onBackoff starts the program again, unless a newer one is on its way.
func (l *loop) onBackoff() {
	l.backoff.Stop()
	l.restart(l.crashed)
}
