package front

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/event"
)

// A state is what is known of the program, by the events that tell of it. It does no I/O but
// that of a failure's source.
type state struct {
	dir     string   // what is in it is shown by its name there
	ready   int      // the process that serves and is ready; 0 if there is none
	last    int      // the process that was ready last, whether it has ended or not
	running int      // the process that serves; 0 if there is none
	coming  bool     // a version is on its way, as far as is known
	changed []string // what was saved since a version was ready
	failure *failure // what is wrong now
	number  int      // of the newest failure
}

// A message is what pages are told.
type message struct {
	Ready   int      `json:"ready"`            // a page of another program than this loads again, unless it is 0
	From    int      `json:"from,omitempty"`   // a page of this one only needs new style sheets
	Sheets  []string `json:"sheets,omitempty"` // the names of their files
	Failure *failure `json:"failure"`
}

// hear takes note of an event. stderr is what a program has said last. If pages are to be
// told, what is not nil.
func (s *state) hear(e event.Event, stderr func(pid int) string) (what *message) {
	switch e.Kind {
	case event.Change:
		s.changed = append(s.changed, e.Paths...)
		s.coming = true
	case event.Build:
		if e.Same {
			s.changed = nil
			s.coming = false
		} else {
			s.coming = true
		}
		if s.failure == nil || !s.failure.ofBuild {
			return nil
		}
		s.failure = nil
	case event.Failed:
		if s.running == 0 {
			s.coming = false
		}
		s.fail(ofEvent(e, s.dir))
	case event.Swapped, event.Restarted:
		s.running, s.coming = e.Pid, false
		if s.failure == nil {
			return nil
		}
		s.failure = nil
	case event.Ready:
		return s.onReady(e.Pid)
	case event.Exited:
		if e.Pid == s.ready {
			s.ready = 0
		}
		if e.Pid != s.running {
			return nil
		}
		s.running = 0
		s.coming = s.coming || e.Asked
		if e.Asked {
			return nil
		}
		s.fail(ofEnd(e, stderr(e.Pid), s.dir))
	default:
		return nil
	}
	m := s.message()
	return &m
}

// onReady tells pages of a version that is ready.
func (s *state) onReady(pid int) *message {
	before, changed := s.last, s.changed
	s.ready, s.running, s.coming, s.changed, s.failure = pid, pid, false, nil, nil
	m := s.message()
	if before != 0 && len(changed) > 0 && !slices.ContainsFunc(changed, func(p string) bool { return !isSheet(p) }) {
		m.From = before
		for _, p := range changed {
			m.Sheets = append(m.Sheets, filepath.Base(p))
		}
	}
	s.last = pid
	return &m
}

func isSheet(path string) bool { return strings.EqualFold(filepath.Ext(path), ".css") }

// fail makes a failure what is wrong now.
func (s *state) fail(f *failure) {
	s.number++
	f.ID = s.number
	s.failure = f
}

func (s *state) message() message { return message{Ready: s.ready, Failure: s.failure} }

// down is what is wrong if no program runs and none is known to come, nil otherwise.
func (s *state) down() *failure {
	switch {
	case s.running != 0 || s.coming:
		return nil
	case s.failure == nil:
		return &failure{Title: "No program runs"}
	}
	return s.failure
}
