package live

import (
	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/event"
)

// Saves: what the machine does when files change, and when a change is undone.

// onNoticed acts on files that may have changed.
func (m *machine) onNoticed(e noticed) {
	m.graph = e.graph
	m.onRunFilesChanged(e.runFiles)
	if e.settings {
		m.onSettingsWritten()
	}
	m.onRunFilesChanged(e.change)
	input, source := e.inputs.Kind == generates, e.change.Kind > restarts
	switch {
	case m.pipeline.stage == stageBeforeBuild && (input || source):
		m.absorb(merge(e.inputs, e.change))
		m.pipeline.before.disturbed = true
		m.prolong()
	case input && m.pipeline.preparing():
		m.absorb(e.change) // what a directive has written that starts over
		m.onChange(e.inputs)
	case input:
		m.onChange(merge(e.inputs, e.change))
	case source && m.pipeline.preparing():
		m.absorbFromStep(m.pipeline.stage, e.change)
	case source:
		m.onChange(e.change)
	case e.change.Touched && m.pipeline.building():
		m.doubt()
	}
}

// onChange acts on a change of the program's inputs: at once if the files were
// quiet before and it is not half of a save, at the burst's end otherwise.
func (m *machine) onChange(change depgraph.Change) {
	burst := m.changes.burst.on()
	if m.reload.over || m.changes.pending == nil && m.restart == nil || !m.pipeline.underway() && !burst {
		m.reload = newReload(m.now)
	}
	m.changes.merge(change)
	m.changes.at = m.now
	m.noteChurn(label(&change, m.settings.Dir))
	m.tell(m.reload, event.Event{Kind: event.Change, Reason: label(&change, m.settings.Dir), Paths: paths(&change)})
	m.changes.unbuilt = true
	m.pipeline.before.saved()
	m.pipeline.reload = m.pipeline.reload || change.Kind == reloads
	m.crashes.forget()
	m.emit(m.journal.enter(m.now, m.reload, PhaseCheck)...)
	m.carryOn()
	if m.slot.at(awaitingExit{}) {
		m.emit(hurry{m.slot.serving.id}) // no use in waiting for a stubborn one now
	}
	m.prolong()
	// A directive or a hook is not for what may be half of a save.
	if !burst && !halfWritten(change) && inputs(change).Kind == depgraph.None && !m.settings.BeforeBuild {
		m.startBuild()
	} else {
		m.emit(m.pipeline.cancel()...)
	}
}

// doubt is for files that were written, or came and went, while they were built and
// listed, though nothing has come of it: what read them may have seen something
// between. No save is known that would be news, so nothing becomes pending.
func (m *machine) doubt() {
	m.changes.unbuilt = true
	m.pipeline.reload = m.pipeline.reload || m.pipeline.loading
	m.prolong()
	m.emit(m.pipeline.cancel()...)
}

// absorb adds a change to what the build after a step will have in it.
func (m *machine) absorb(change depgraph.Change) {
	if m.changes.absorb(change) {
		m.pipeline.reload = m.pipeline.reload || change.Kind == reloads
	}
}

// forget drops what is under way for a change that is undone, and returns its reload
// line. how is what was done about it.
func (m *machine) forget(how string) (line Reloaded) {
	what := m.changes.label(m.settings.Dir)
	m.emit(m.pipeline.abandon()...)
	if m.pipeline.loading {
		m.pipeline.loading = false
		m.emit(cancelLoad{})
	}
	if m.broken {
		m.say("%s: undone, the program runs on", what)
	}
	if m.changes.pending != nil {
		m.tell(m.reload, event.Event{Kind: event.Build, Reason: m.why(), How: "nothing", Same: true})
		m.reload.over = true
	}
	line = sameLine(what, how, m.reload)
	m.emit(m.requests.unchanged(line.Line, m.restart != nil)...)
	m.emit(m.slot.dropHeld()...)
	m.graph, m.broken = m.slot.last.Graph, false
	m.loadErr.note(nil)
	m.changes.forget()
	m.pipeline.reload, m.pipeline.prepared = false, ""
	m.emit(watchFiles{})
	m.restartOwed()
	return line
}

// carryOn is for a save after a ^C that the program took for something else.
func (m *machine) carryOn() {
	if !m.mayCarryOn() || m.slot.serving == nil {
		return
	}
	m.end.by = nil
	m.emit(disarm{graceTimer})
	m.changes.unbuilt = m.changes.unbuilt || m.pipeline.interrupted
	m.pipeline.interrupted = false
}
