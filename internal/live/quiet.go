package live

import "time"

// The quiet window: when the files are left alone.

const (
	// quietWindow is how long the files must be left alone before a result is
	// used: an editor's save is two to four operations within a few
	// milliseconds, a formatter on save comes right after them.
	quietWindow = 10 * time.Millisecond

	// burstLimit bounds the wait for quiet, so that a program that writes into
	// its own source tree, or a long checkout, cannot put off a build for ever.
	burstLimit = 200 * time.Millisecond

	// absencePatience is how long a file must have been away before a build that fails without it is
	// believed: some editors and synchronizers remove a file before they put the new one in its
	// place, which takes a busy machine a while.
	absencePatience = 300 * time.Millisecond
)

// A burst is changes that follow each other closely. Its zero value is none.
type burst struct{ began time.Time }

func (b burst) on() bool { return !b.began.IsZero() }

// prolong begins a burst, or makes it end later, and returns how long it goes on if
// nothing comes.
func (b *burst) prolong(now time.Time) time.Duration {
	if !b.on() {
		b.began = now
	}
	return min(quietWindow, burstLimit-now.Sub(b.began))
}

func (b *burst) end() { *b = burst{} }

// prolong is for a change now.
func (m *machine) prolong() { m.arm(quietTimer, m.changes.burst.prolong(m.now)) }

// onQuiet ends a burst. What came of it is judged at rest, after the settings that
// were written in it have been read.
func (m *machine) onQuiet() {
	m.changes.burst.end()
	m.changes.unjudged = true
	if m.changes.settings {
		m.changes.settings = false
		m.emit(readSettings{reason: "gorun.toml"})
	}
}

// judgeBurst finds out what a burst that is over has come to: whether directives have to
// run, and whether there is anything left that what serves has not in it.
func (m *machine) judgeBurst() {
	if !m.changes.unjudged || m.changes.burst.on() {
		return
	}
	m.changes.unjudged = false
	if m.pipeline.stage == stageBeforeBuild && !m.changes.unbuilt {
		if m.pipeline.before.outdated() {
			m.emit(cancelStep{})
		}
		return
	}
	question := inspect{directives: m.directives && m.graph != nil}
	if (m.changes.pending != nil || m.changes.unbuilt) && !m.pipeline.preparing() {
		question.against = m.slot.comparable()
	}
	if question.directives || question.against != nil {
		m.emit(question)
		return
	}
	m.onJudged(inspected{})
}

// onJudged acts on what a burst has come to.
func (m *machine) onJudged(e inspected) {
	switch outdated := e.directives.Kind == generates; {
	case outdated && m.changes.pending == nil:
		m.onChange(e.directives)
		return
	case outdated:
		m.changes.merge(e.directives)
		m.changes.unbuilt = true
	case m.undone(e):
		m.forget("nothing")
	}
	if m.changes.unbuilt {
		m.startBuild()
	}
}

// undone reports whether nothing is left of what changed, and makes pending what is.
func (m *machine) undone(e inspected) bool {
	if e.against == nil {
		return false
	}
	if e.change.Kind < rebuilds {
		m.slot.last.Graph = e.graph
		return true
	}
	m.changes.narrow(e.change)
	return false
}
