package event

import (
	"bytes"
	"encoding/json"
	"io"
	"sync/atomic"
	"time"
)

// Writing events without ever waiting for whoever reads them.
//
// Rejected: dropping what does not fit (a reader cannot tell what it missed, and
// elapsed times would have holes), a buffer without bounds (a reader that hangs
// costs memory for as long as gorun runs), and writing from the loop (a pipe that is
// full would stop reloads). So: a buffer, and when that is full the stream ends,
// and the user is told.

const (
	// buffered is how many events a reader may be behind: a hundred reloads.
	buffered = 1024

	// flushLimit is how long gorun's end waits for a reader that is behind.
	flushLimit = time.Second
)

// A Stream writes events, one JSON object a line.
type Stream struct {
	events chan Event    // closed by Close
	done   chan struct{} // closed by the writing goroutine
	open   atomic.Bool   // there is somewhere to write to
	ended  atomic.Bool
	fail   func(format string, args ...any)
}

// NewStream returns a stream to w, which it closes at its end. fail is called, once,
// if that comes before Close.
func NewStream(w io.WriteCloser, fail func(format string, args ...any)) *Stream {
	s := newStream(fail)
	s.open.Store(true)
	go s.write(w)
	return s
}

// NewLateStream returns a stream to what open returns. That may take as long as it
// wants, as a named pipe does until there is a reader.
func NewLateStream(open func() (io.WriteCloser, error), fail func(format string, args ...any)) *Stream {
	s := newStream(fail)
	go func() {
		w, err := open()
		if err != nil {
			s.end("-events: %v", err)
			close(s.done)
			return
		}
		s.open.Store(true)
		s.write(w)
	}()
	return s
}

func newStream(fail func(format string, args ...any)) *Stream {
	return &Stream{events: make(chan Event, buffered), done: make(chan struct{}), fail: fail}
}

// Send writes an event soon. It does not wait. Send and Close are for one goroutine.
func (s *Stream) Send(e Event) {
	if s.ended.Load() {
		return
	}
	select {
	case s.events <- e:
	default:
		s.end("-events: nobody has read the last %d events; there will be no more", buffered)
	}
}

// Close writes what is still to be written, if that is read within a second.
func (s *Stream) Close() {
	close(s.events)
	if !s.open.Load() {
		return // nobody ever came to read it
	}
	select {
	case <-s.done:
	case <-time.After(flushLimit):
		s.end("-events: nobody has read the last events")
	}
}

// end ends the stream and says why.
func (s *Stream) end(format string, args ...any) {
	if s.ended.CompareAndSwap(false, true) {
		s.fail(format, args...)
	}
}

func (s *Stream) write(w io.WriteCloser) {
	defer close(s.done)
	defer w.Close()
	for e := range s.events {
		if s.ended.Load() {
			return
		}
		line, err := e.line()
		if err == nil {
			_, err = w.Write(line)
		}
		if err != nil {
			s.end("-events: %v; there will be no more", err)
			return
		}
	}
}

// line is an event as it is written.
func (e Event) line() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return b.Bytes(), err
}
