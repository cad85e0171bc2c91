package event

import "testing"

// The bell rings for each failure, and once when things are right again.
func TestBell(t *testing.T) {
	rung := 0
	b := Bell{Ring: func() { rung++ }}
	for i, c := range []struct {
		kind Kind
		want int
	}{
		{Swapped, 0}, {Change, 0}, {Failed, 1}, {Change, 1}, {Failed, 2}, {Hook, 2}, {Build, 3}, {Swapped, 3}, {Exited,
			3},
		{Failed, 4}, {Restarted, 5}, {Ready, 5},
	} {
		if b.Hear(Event{Kind: c.kind}); rung != c.want {
			t.Errorf("event %d, %s: rung %d times, want %d", i, c.kind, rung, c.want)
		}
	}
}
