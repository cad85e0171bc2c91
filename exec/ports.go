package exec

import "time"

const (
	// readyMoment is how long a program that listens on nothing must have run to
	// count as started: longer than most take to fail.
	readyMoment = time.Second

	// readyPatience is the same where the version before listened: this one is
	// expected to, and programs that open a database first are slow.
	readyPatience = 10 * time.Second

	// answerAfter is how long clients wait in the queue of a program that is
	// down before gorun answers them: longer than a swap or an incremental
	// build, shorter than a person takes for a hang.
	answerAfter = 3 * time.Second

	// unclaimedAfter is how long after a new version is ready a listener of the
	// old one is kept for it at the least.
	unclaimedAfter = 2 * time.Second
)

// Ready is closed when the program is ready to take over: it listens on a kept
// port, or has run for a moment if it listens on none. It is never closed when
// the program ends before.
func (p *Program) Ready() <-chan struct{} { return p.ready }

// Retire stops the program so that nobody notices: with kept ports it first
// stops accepting (what comes in waits for the next version), gets the grace to
// answer what it has accepted, and is then stopped as by Stop. It returns at
// once; Stop and Kill may be called meanwhile.
func (p *Program) Retire() {
	p.retire.Do(func() {
		p.draining.Store(true)
		go func() {
			p.tenant.drain(p.Exited(), p.grace)
			p.Stop()
			p.tenant.release()
			p.draining.Store(false)
		}()
	})
}

// Hurry ends the grace of a Stop, but not that which Retire gives to open
// requests.
func (p *Program) Hurry() {
	if !p.draining.Load() {
		p.Kill()
	}
}

// moment waits until a program has run for a moment, and reports whether it
// has.
func moment(exited <-chan struct{}) bool {
	timer := time.NewTimer(readyMoment)
	defer timer.Stop()
	select {
	case <-exited:
		return false
	case <-timer.C:
		return true
	}
}

// awaitReady closes ready when it is time. It returns when the program is ready
// or has ended.
func (p *Program) awaitReady() {
	if p.tenant.awaitReady(p.Exited()) {
		close(p.ready)
		p.tenant.settle(p.Exited())
	}
}
