package live

import (
	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
)

// A mismatch: a verification has found that the direct build of what runs is not what the go command makes.

// onAlarm builds again what runs and should not: without a word of its own where a file that
// nobody watches has changed.
func (m *machine) onAlarm(a incremental.Alarm) {
	m.slot.distrust() // nothing is the same as the program that runs
	change := depgraph.Detail{Path: "the program", Kind: rebuilds, Reason: "the direct way built it wrong"}
	if a.Input != "" {
		change = depgraph.Detail{Path: a.Input, Kind: reloads, Reason: a.Reason}
	} else {
		m.emit(m.journal.mismatch(a.Report))
	}
	if m.slot.serving == nil && !m.slot.swapping() {
		return // it has ended: the next save builds it
	}
	m.changes.merge(depgraph.Change{Kind: change.Kind, Details: []depgraph.Detail{change}})
	m.changes.unbuilt = true
	m.pipeline.reload = m.pipeline.reload || change.Kind == reloads
	if !m.changes.burst.on() {
		m.reload = newReload(m.now)
		m.tell(m.reload, event.Event{Kind: event.Change, Reason: m.why()})
		m.startBuild()
	}
}
