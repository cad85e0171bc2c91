package live

import "cmp"

// Overlap: with -swap=overlap a version starts while the one before serves, unless the two
// cannot run at a time. Where that shows, the old one ends first, after all.

// overlaps reports whether a version starts while another one serves.
func (s *slot) overlaps(v Version) bool { return v.Settings.Overlap && !v.alone && !s.replacing }

// onObstructed comes when a program could not bind an address because the program that
// serves has the port. It would end, or go on without its port: it starts again when the port is
// free.
func (m *machine) onObstructed(e programObstructed) {
	if p := m.slot.overlapping(); p != nil && p.id == e.id && m.end.by == nil {
		m.say("%s; replacing instead", e.what)
		m.slot.candidate.alone = true
		m.startAlone()
	}
}

// onPortsLost comes when the ports of programs are not kept any more.
func (m *machine) onPortsLost() {
	if m.slot.replacing {
		return
	}
	m.slot.replacing = true
	if m.settings.Overlap {
		m.say("-swap=overlap needs ports that are kept; replacing instead")
	}
	if m.slot.overlapping() != nil && m.end.by == nil {
		m.startAlone()
	}
}

// startAlone has the candidate, which runs already, start again when the old program has
// ended.
func (m *machine) startAlone() {
	m.restart = cmp.Or(m.restart, m.slot.overlapping().restart)
	m.emit(m.slot.stopOverlapping()...)
	m.emit(m.slot.queue()...)
}
