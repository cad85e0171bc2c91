package console

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

// Lines are written by a goroutine beside, so that whoever prints never waits for a terminal
// that is stopped (^S), a pipe that nobody reads, or a full disk. Lines for which there is no room
// are dropped and counted; the count is printed when there is room again.
//
// Rejected: a queue without bounds (a stuck reader costs memory for as long as gorun runs), dropping
// the oldest lines (the first error after a quiet hour explains the rest), and non-blocking writes
// (O_NONBLOCK belongs to the open file, which the program and the shell share).

const (
	// queueLimit is how many bytes may wait: the compiler's words of a hundred broken builds.
	queueLimit = 1 << 20

	// flushLimit is how long gorun's end waits for what is still to be printed. A terminal takes it
	// in milliseconds; one that takes a second is stopped.
	flushLimit = time.Second
)

// A queue hands what is written to it on to a writer that may block.
type queue struct {
	to io.Writer

	mu      sync.Mutex
	pending []byte          // not given to the writer yet
	dropped int             // lines for which there was no room, since pending was given to the writer last
	writing bool            // a goroutine writes what is pending, and ends when nothing is
	gone    bool            // a write has failed: nobody reads any more, and nothing is written any more
	flushed []chan struct{} // closed by the goroutine when nothing is left to write
}

func newQueue(to io.Writer) *queue { return &queue{to: to} }

// Write never waits and never fails.
func (q *queue) Write(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.gone:
	case len(q.pending)+len(p) > queueLimit:
		q.dropped += bytes.Count(p, []byte("\n"))
	default:
		q.pending = append(q.pending, p...)
		if !q.writing {
			q.writing = true
			go q.drain()
		}
	}
	return len(p), nil
}

// drain writes until nothing is pending.
func (q *queue) drain() {
	for batch := q.next(); batch != nil; batch = q.next() {
		if _, err := q.to.Write(batch); err != nil {
			q.mu.Lock()
			q.gone, q.pending, q.dropped = true, nil, 0
			q.mu.Unlock()
		}
	}
}

// next returns what is to be written next, nil when there is nothing.
func (q *queue) next() []byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch := q.pending
	if q.dropped > 0 { // there was no room for them behind the others
		batch = fmt.Appendf(batch, "gorun: %d lines are missing here, for nobody took them\n", q.dropped)
	}
	q.pending, q.dropped = nil, 0
	if batch == nil {
		q.writing = false
		for _, done := range q.flushed {
			close(done)
		}
		q.flushed = nil
	}
	return batch
}

// flush waits until everything is written, or until the limit is over.
func (q *queue) flush(limit time.Duration) {
	q.mu.Lock()
	if !q.writing {
		q.mu.Unlock()
		return
	}
	done := make(chan struct{})
	q.flushed = append(q.flushed, done)
	q.mu.Unlock()
	select {
	case <-done:
	case <-time.After(limit):
	}
}
