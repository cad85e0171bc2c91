package live

import (
	"time"

	"github.com/gorun-dev/gorun/depgraph"
)

// missedEvents is the time after which all files are compared, whether or not there were events.
// That is the net under every event that never comes: a file written through a memory map, a
// go.work in a directory that is not watched (/tmp, where everybody writes). Comparing 400 files
// takes a millisecond.
const missedEvents = 30 * time.Second

// maxMissedEvents is the most that it becomes: it doubles with each comparison that finds nothing
// and before which nothing was reported. Whoever has not saved anything for minutes does not
// wait for a reload.
const maxMissedEvents = 4 * time.Minute

// A recheck says when all files are to be compared.
type recheck struct {
	timer *time.Timer
	pause time.Duration // that the timer was set to last
}

func newRecheck() *recheck { return &recheck{time.NewTimer(missedEvents), missedEvents} }

// done says that all files were compared, with what was found; nil where there is no graph yet.
func (r *recheck) done(e machineEvent) {
	r.pause = min(2*r.pause, maxMissedEvents)
	n, ok := e.(noticed)
	if !ok || n.settings || max(n.change.Kind, n.runFiles.Kind, n.inputs.Kind) > depgraph.None {
		r.pause = missedEvents
	}
	r.timer.Reset(r.pause)
}

// reported says that the watcher has reported something: the next comparison comes soon. Reports
// that never stop do not put it off.
func (r *recheck) reported() {
	if r.pause > missedEvents {
		r.pause = missedEvents
		r.timer.Reset(r.pause)
	}
}
