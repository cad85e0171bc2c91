package live

import "time"

// Files that change again and again with nobody at the keyboard: a program that writes what it is
// embedded from, or the file of -include that it has read. Nobody can tell such a write from a
// save, so it is acted on, and the user is told what goes round in circles.

const (
	// A person who saves without a pause is slower, or has builds that end.
	churnTime    = 10 * time.Second
	churnChanges = 50

	// A program that writes at its start does it at once; a person has to see it start first.
	rewriteTime   = time.Second
	rewriteStarts = 5
)

// rewritten counts starts after each of which the same run file has changed at once.
type rewritten struct {
	reason string
	starts int
}

// noteChurn counts the changes of a reload that no build has come of.
func (m *machine) noteChurn(files string) {
	r := m.reload
	r.changes++
	if !r.churning && r.changes >= churnChanges && m.now.Sub(r.noticed) >= churnTime {
		r.churning = true
		m.say("%s: changes all the time, and the build begins again each time; -exclude leaves it out", files)
	}
}

// noteRewrite counts a change of run files for which the program is to start again.
func (m *machine) noteRewrite(files string) {
	p := m.slot.serving
	if p == nil || m.restart != nil {
		return
	}
	if m.now.Sub(p.since) >= rewriteTime || m.rewritten.reason != files {
		m.rewritten = rewritten{reason: files}
	}
	if m.now.Sub(p.since) < rewriteTime {
		m.rewritten.starts++
	}
	if m.rewritten.starts == rewriteStarts {
		m.say("%s: changes each time the program starts, which starts it again; -exclude leaves it out", files)
	}
}
