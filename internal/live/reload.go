package live

import "time"

// A reload is one save's way from when it is noticed until the program that comes of it
// is ready, and its events go on for as long as that program.
type reload struct {
	number    int       // -1 before its first event
	noticed   time.Time // when what began it was noticed
	accounted time.Time // up to when its events account for the time
	changes   int       // how many there have been
	churning  bool      // they do not end, and the user knows
	over      bool      // the reload line was printed, or would be: what is noticed now begins another one
}

func newReload(now time.Time) *reload {
	return &reload{number: -1, noticed: now, accounted: now}
}

// took is how long a reload took up to its last event.
func (r *reload) took() time.Duration {
	return r.accounted.Sub(r.noticed).Round(time.Millisecond)
}
