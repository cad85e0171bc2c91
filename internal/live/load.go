package live

// The graph: what happens when it was loaded.

// A loadError is why the graph could not be loaded; it is said later, if at all.
type loadError struct {
	err  error  // of the load that the graph is from; nil if that was good
	said string // what was said of the loads that have failed since a good one
}

// note notes how a load has ended, or with nil that the graph is a good one again.
func (l *loadError) note(err error) {
	if l.err = err; err == nil {
		l.said = ""
	}
}

// tell says once that the graph could not be loaded, where no build says so in the go
// command's words.
func (l *loadError) tell() []effect {
	if l.err == nil || l.err.Error() == l.said {
		return nil
	}
	l.said = l.err.Error()
	return []effect{failf("saves may go unnoticed: loading the package graph: %s", l.said)}
}

func (m *machine) onBegun() {
	m.reload = newReload(m.now)
	m.emit(m.journal.enter(m.now, m.reload, PhaseCheck)...)
	if m.settings.BeforeBuild {
		m.pipeline.reload = true // the hook may yet change what there is to load
	} else {
		m.load()
	}
	m.startBuild()
}

func (m *machine) load() { m.emit(m.pipeline.load(m.graph)...) }

func (m *machine) onLoaded(e loaded) {
	m.pipeline.loading = false
	first := m.graph == nil && !m.pipeline.building()
	m.graph = e.graph
	m.loadErr.note(e.err)
	if first && m.slot.serving != nil {
		m.emit(m.loadErr.tell()...)
	}
	m.emit(follow{}, watchFiles{})
	if m.pipeline.stage == stageAwaitGraph {
		m.generateUnknown()
	} else if first {
		// The first build is in use already: were its inputs these?
		m.confirmFound()
		if m.slot.newest().found.IsZero() && !m.pipeline.began.IsZero() {
			m.emit(inspectSince{m.pipeline.began, false})
		}
	}
	// What was saved before the watches stood sent no event.
	m.emit(lookUpAll{})
}

// onFirstInspected comes when it is known what has happened to the inputs of a build
// that was used before there was a graph, or that an earlier gorun has made.
func (m *machine) onFirstInspected(facts buildFacts) {
	if !m.slot.newest().found.IsZero() {
		m.confirm(facts)
	} else if m.verified(facts) && !m.pipeline.reload {
		m.slot.newest().Graph = m.graph
	}
}

// onInputsLoaded comes when it is known what directives are made from.
func (m *machine) onInputsLoaded() {
	if m.graph != nil {
		m.emit(watchFiles{}, lookUpAll{})
	}
}
