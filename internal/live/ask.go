package live

import (
	"fmt"
	"syscall"

	"github.com/gorun-dev/gorun/depgraph"
)

// Requests: what is done when somebody else than the watcher asks for something.

// askedFor is the reason of a rebuild that no file is behind.
const askedFor = "asked for"

const (
	errNothingToStart = "there is nothing to start: the build is broken"
	errEnding         = "gorun is ending"
)

func (m *machine) onRequest(r Request) {
	switch {
	case r.Do == DoStatus:
		m.emit(m.journal.enterState(m.state())...)
		m.emit(answer{r, Answer{Status: m.journal.status(m.settings.Profile, m.graph, m.slot.serving)}})
	case r.Do == DoStop:
		m.requests.add(r)
		m.onStop()
	case m.end.by != nil:
		m.emit(answer{r, Answer{Err: errEnding}})
	case r.Do == DoRestart && m.nothingToStart():
		m.emit(answer{r, Answer{Err: errNothingToStart}})
	case r.Do == DoRestart:
		m.requests.add(r)
		m.acted = true
		m.askRestart(r.By)
	case r.Do == DoRebuild:
		m.requests.add(r)
		m.rebuild(r.By)
	case r.Do == DoProfile:
		m.emit(readSettings{"profile " + r.Profile, r.Profile, m.requests.add(r)})
	default:
		m.emit(answer{r, Answer{Err: fmt.Sprintf("gorun cannot %s", r.Do)}})
	}
}

// answer answers a pending request; nil is none.
func (m *machine) answer(p *pending, with Answer) { m.emit(m.requests.one(p, with)...) }

// nothingToStart reports whether there is no executable, nor one on its way.
func (m *machine) nothingToStart() bool { return m.slot.last.Exe == nil && !m.building() }

// rebuild has the go command build the program again, whatever is known of its
// inputs: all of that is looked up anew.
func (m *machine) rebuild(by string) {
	m.slot.distrust() // nothing is the same as the program that runs
	m.acted = true
	m.onChange(depgraph.Change{Kind: reloads, Details: []depgraph.Detail{{
		Path: by, Kind: reloads, Reason: askedFor,
	}}})
}

// onStop begins to end gorun; the second time the program is killed.
func (m *machine) onStop() {
	switch p := m.slot.serving; {
	case p == nil:
		m.exit(0)
	case m.end.by != nil:
		m.end.final = true
		m.emit(kill{p.id})
	default:
		m.beginEnd(syscall.SIGTERM)
		m.emit(m.slot.retire()...) // which knows a grace of its own
	}
}
