package front

import (
	"bytes"
	"path/filepath"
	"strings"

	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/plainfile"
)

// A failure is what pages show of a build that failed or a program that crashed. Of files
// it has the lines around the places that are named, and nothing else.
type failure struct {
	ID     int     `json:"id"`
	Title  string  `json:"title"`
	Reason string  `json:"reason,omitempty"` // what was saved
	Places []place `json:"places,omitempty"`
	Text   string  `json:"text,omitempty"` // what was said beside

	ofBuild bool // a good build mends it
}

// A place is one in a file.
type place struct {
	File    string       `json:"file"` // as it is shown
	Line    int          `json:"line"`
	Column  int          `json:"column,omitempty"` // in characters, from 1
	Message string       `json:"message"`
	Source  []sourceLine `json:"source,omitempty"`

	path   string
	column int // in bytes, from 1
}

type sourceLine struct {
	Number int    `json:"number"`
	Text   string `json:"text"` // which json makes UTF-8, whatever it is
}

const (
	placesMost = 20  // more nobody reads before mending these
	around     = 3   // lines of source before and after
	lineMost   = 400 // bytes of a line of source that are shown
)

// ofEvent makes a failure of what a Failed event says.
func ofEvent(e event.Event, dir string) *failure {
	f := &failure{Title: "The build failed", Reason: e.Reason, Text: e.Output, ofBuild: true}
	if len(e.Errors) == 0 && e.Status == nil && e.Output != "" {
		f.Title, f.Text, _ = strings.Cut(e.Output, "\n")
		f.Text = strings.TrimSpace(f.Text)
	}
	for _, one := range e.Errors {
		f.add(one.File, one.Line, one.Column, one.Message, dir)
	}
	return f
}

// ofEnd makes a failure of the end of a program that was not asked to end.
func ofEnd(e event.Event, stderr, dir string) *failure {
	title := "The program has ended"
	if e.Reason != "" {
		title += ": " + e.Reason
	}
	f := &failure{Title: title}
	text := lastPanic(stderr)
	first, _, _ := strings.Cut(text, "\n")
	if strings.HasPrefix(first, "panic: ") || strings.HasPrefix(first, "fatal error: ") {
		f.Title = first
	}
	f.addStack(text, dir)
	return f
}

// add adds a place, with its source.
func (f *failure) add(path string, line, column int, message, dir string) {
	for _, p := range f.Places {
		if p.path == path && p.Line == line && p.column == column && p.Message == message {
			return
		}
	}
	if len(f.Places) == placesMost {
		return
	}
	p := place{File: shown(path, dir), Line: line, Column: column, Message: message, path: path, column: column}
	p.readSource()
	f.Places = append(f.Places, p)
}

// shown is a file's name as the user knows it.
func shown(path, dir string) string {
	if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}

func (p *place) readSource() {
	b, err := plainfile.Read(p.path)
	if err != nil {
		return
	}
	for number := 1; number <= p.Line+around && len(b) > 0; number++ {
		var text []byte
		text, b, _ = bytes.Cut(b, []byte("\n"))
		if number < p.Line-around {
			continue
		}
		text = bytes.TrimRight(text, "\r")
		if number == p.Line && p.column > 0 && p.column <= len(text)+1 {
			p.Column = len([]rune(string(text[:p.column-1]))) + 1
		}
		p.Source = append(p.Source, sourceLine{number, string(text[:min(len(text), lineMost)])})
	}
}
