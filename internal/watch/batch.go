package watch

// A collector coalesces what is reported into batches. It receives a report at once,
// whatever the reader of batches does, so that whoever drains events never waits.
//
// One goroutine owns the pending batch. Rejected: a buffered channel of
// batches (it blocks, or drops, when the reader builds for a minute) and a
// timer that gathers events (the quiet window is the loop's, which builds on
// the first event).
type collector struct {
	in   chan report     // never closed; senders watch done
	out  chan Batch      // closed by run
	done <-chan struct{} // closed by the Watcher's Close
}

// A report is a path, or "compare everything".
type report struct {
	path string
	all  bool
}

// pathLimit bounds the memory of a pending batch. Beyond it, comparing everything costs
// less than comparing each path.
const pathLimit = 4096

func newCollector(done <-chan struct{}) *collector {
	return &collector{
		in:   make(chan report, 64), // a save is a handful of events: one wake-up
		out:  make(chan Batch),
		done: done,
	}
}

func (c *collector) path(p string) { c.send(report{path: p}) }
func (c *collector) all()          { c.send(report{all: true}) }

func (c *collector) send(r report) {
	select {
	case c.in <- r:
	case <-c.done:
	}
}

func (c *collector) run() {
	defer close(c.out)
	var (
		pending Batch
		seen    = make(map[string]bool)
	)
	for {
		var out chan Batch
		if pending.All || len(pending.Paths) > 0 {
			out = c.out
		}
		select {
		case r := <-c.in:
			switch {
			case pending.All:
			case r.all, len(pending.Paths) == pathLimit && !seen[r.path]:
				pending = Batch{All: true}
				seen = make(map[string]bool) // not clear: a big map stays big
			case !seen[r.path]:
				seen[r.path] = true
				pending.Paths = append(pending.Paths, r.path)
			}
		case out <- pending:
			pending = Batch{}
			clear(seen)
		case <-c.done:
			return
		}
	}
}

// A Batch is what may have changed since the last one.
type Batch struct {
	// Paths are absolute, spelled below the directory as Watch was given it,
	// each once, in the order in which they were first reported. A path may
	// be a file, a directory, or gone.
	Paths []string

	// All says that events were lost or cannot be known: compare
	// everything again. Paths is then empty.
	All bool
}
