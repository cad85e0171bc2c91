package tell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// A build may take minutes, so no time is too long for an answer. But a gorun that works
// says at any time what it is doing: one that does not say so will not answer.

// A pace is how often a gorun is asked what it is doing, and how long it may take to say.
type pace struct{ every, limit time.Duration }

// usualPace has a gorun that hangs told after eight seconds: it says at once what it is
// doing, unless the machine is very busy.
var usualPace = pace{every: 3 * time.Second, limit: 5 * time.Second}

// A SilentError says that a gorun does not answer, though its process is there.
type SilentError struct{ Pid int }

func (e *SilentError) Error() string {
	return fmt.Sprintf("gorun (pid %d) does not answer\nif it goes on like this, end it: kill -9 %d", e.Pid, e.Pid)
}

// whileAlive returns a context that ends when the gorun does not say any more what it is
// doing; its cause is then a *SilentError. done ends the asking.
func (f Found) whileAlive(ctx context.Context, pace pace) (alive context.Context, done func()) {
	alive, cancel := context.WithCancelCause(ctx)
	go func() {
		tick := time.NewTicker(pace.every)
		defer tick.Stop()
		for {
			select {
			case <-alive.Done():
				return
			case <-tick.C:
			}
			limited, stop := context.WithTimeout(alive, pace.limit)
			_, err := f.ask(limited, Request{Do: doStatus}, nil)
			stop()
			// Any other error is of one that ends, or has ended.
			if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
				cancel(&SilentError{f.Who.Pid})
				return
			}
		}
	}()
	return alive, func() { cancel(nil) }
}
