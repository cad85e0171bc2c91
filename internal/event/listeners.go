package event

// Listeners hear of events, one after the other.
type Listeners []func(Event)

// Hear returns what all of them hear by; nil if there are none.
func (ls Listeners) Hear() func(Event) {
	if len(ls) == 0 {
		return nil
	}
	return func(e Event) {
		for _, hear := range ls {
			hear(e)
		}
	}
}
