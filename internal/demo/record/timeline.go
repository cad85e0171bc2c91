package main

import "time"

// A timeline is what is to be seen when, counted from the session's start.
type timeline struct {
	edits  []edit
	chunks []chunk
	pages  []page
	end    time.Duration
}

// An edit is a line of the demo's source in the editor.
type edit struct {
	typed time.Duration // when the line is there
	saved time.Duration // when it is in the file
	line  string
}

// A chunk is what was written to the terminal at one time.
type chunk struct {
	at   time.Duration
	text string
}

// A page is the heading that the demo answered with, from some time on.
type page struct {
	at      time.Duration
	heading string
}

// A span is a time during which nothing is to be seen but what is there already.
type span struct{ from, to time.Duration }

// waits returns the spans that only waited for the reader: from the moment when
// everything that follows from a save is there to the next edit.
func (t *timeline) waits() []span {
	var list []span
	for i, e := range t.edits {
		if i == 0 {
			continue // it is there from the start
		}
		last := time.Duration(0)
		for _, c := range t.chunks {
			if c.at < e.typed {
				last = max(last, c.at)
			}
		}
		for _, p := range t.pages {
			if p.at < e.typed {
				last = max(last, p.at)
			}
		}
		list = append(list, span{last, e.typed})
	}
	return list
}

// limitWaits makes each wait for the reader as long as given.
func (t *timeline) limitWaits(length time.Duration) {
	waits := t.waits()
	shift := func(at *time.Duration) {
		by := time.Duration(0)
		for _, w := range waits {
			if *at >= w.to {
				by += w.to - w.from - length
			}
		}
		*at -= by
	}
	for i := range t.edits {
		shift(&t.edits[i].typed)
		shift(&t.edits[i].saved)
	}
	for i := range t.chunks {
		shift(&t.chunks[i].at)
	}
	for i := range t.pages {
		shift(&t.pages[i].at)
	}
	shift(&t.end)
}
