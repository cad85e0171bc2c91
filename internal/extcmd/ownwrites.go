package extcmd

import (
	"slices"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/runfiles"
)

// A command may write files that it includes itself: a page that it makes among the sources of
// pages. Each write would start it again, and each start write once more, without an end.
//
// Who has written a file no system tells to an ordinary user. So a file is the command's own
// when it has changed right after each of a few starts in a row, which it has caused itself;
// nobody types so.

const (
	// ownWithin is how soon after a start that is: a generator that takes longer to write does
	// not fill a screen with restarts.
	ownWithin = 2 * time.Second
	// ownAfter is after how many starts in a row. Somebody who saves a file twice in a hurry
	// must not lose the third time.
	ownAfter = 3
)

// OwnWrites are the run files of a command, without those that it writes itself.
type OwnWrites struct {
	*runfiles.Files
	included func(path string) bool
	say      func(path string)

	started time.Time
	row     map[string]ownRow
	own     map[string]bool
}

// NewOwnWrites returns the run files of a command whose settings may be new: last are those before, nil at
// first. included reports whether an -include names a file, and say is told of each that is passed over.
func NewOwnWrites(
	files *runfiles.Files, included func(path string) bool, say func(path string), last *OwnWrites,
) *OwnWrites {
	w := &OwnWrites{Files: files, included: included, say: say, row: map[string]ownRow{}, own: map[string]bool{}}
	if last != nil {
		w.started = last.started
	}
	return w
}

// Started says that the command is started now.
func (w *OwnWrites) Started() { w.started = time.Now() }

// An ownRow is how many starts in a row a file has changed after.
type ownRow struct {
	starts int
	last   time.Time // the newest of these starts
}

// Classify is that of the run files, and passes over the command's own.
func (w *OwnWrites) Classify(paths []string) (change depgraph.Change, settings bool) {
	change, settings = w.Files.Classify(paths)
	early := time.Since(w.started) < ownWithin
	change.Details = slices.DeleteFunc(change.Details, func(d depgraph.Detail) bool {
		switch {
		case d.Kind != depgraph.Restart || !w.included(d.Path):
			return false
		case w.own[d.Path]:
			return true
		case !early:
			delete(w.row, d.Path)
			return false
		}
		row := w.row[d.Path]
		if !row.last.Equal(w.started) { // else it is written in several steps
			row = ownRow{row.starts + 1, w.started}
			w.row[d.Path] = row
		}
		if row.starts < ownAfter {
			return false
		}
		w.own[d.Path] = true
		w.say(d.Path)
		return true
	})
	if !slices.ContainsFunc(change.Details, func(d depgraph.Detail) bool { return d.Kind == depgraph.Restart }) {
		change.Kind = depgraph.None
	}
	return change, settings
}
