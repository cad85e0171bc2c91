//go:build amd64 || arm64

package exec

import (
	"time"
)

// awaitReady waits until the program is ready, and reports whether it is.
func (u *portUser) awaitReady(exited <-chan struct{}) bool {
	if u == nil || u.notify.file == nil {
		return runsForReadyTime(exited)
	}
	patience := readyTime
	if u.listenedBefore {
		patience = readyTimeListening
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-exited:
		return false
	case <-limit.C:
		return true
	case <-u.bound:
	}
	// Between bind and accept there is listen and, in Go, the poller.
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	checks := 200
	if u.hasListenFDs {
		checks = int(patience / (5 * time.Millisecond))
		poll.Reset(5 * time.Millisecond)
	}
	for range checks {
		select {
		case <-exited:
			return false
		case <-poll.C:
			if u.isPolling() {
				return true
			}
		}
	}
	return true
}
