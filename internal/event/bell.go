package event

// A Bell rings when something fails, and when it is right again.
type Bell struct {
	Ring   func()
	broken bool // the last outcome was a failure
}

// Hear takes note of an event, and rings if it is one to ring for.
func (b *Bell) Hear(e Event) {
	was := b.broken
	switch e.Kind {
	case Failed:
		b.broken = true
	case Swapped, Restarted, Build:
		b.broken = false
	}
	if e.Kind == Failed || was && !b.broken {
		b.Ring()
	}
}
