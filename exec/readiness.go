package exec

import (
	"context"
	"net"
	"time"
)

const (
	// readyTime is how long a program that listens on nothing must have run to
	// count as started: longer than most take to fail.
	readyTime = time.Second

	// readyTimeListening is the same where the version before listened: this one is
	// expected to, and programs that open a database first are slow.
	readyTimeListening = 10 * time.Second

	// unavailableAfter is how long clients wait in the queue of a program that is
	// down before gorun answers them: longer than a swap or an incremental
	// build, shorter than a person takes for a hang.
	unavailableAfter = 3 * time.Second

	// unclaimedAfter is how long after a new version is ready a listener of the
	// old one is kept for it at the least.
	unclaimedAfter = 2 * time.Second
)

// Ready is closed when the program is ready to take over: when Spec.Ready says so;
// without that, when it listens on a kept port, or has run for a second if it
// listens on none. It is never closed when the program ends before.
func (p *Program) Ready() <-chan struct{} { return p.ready }

// Retire stops the program so that nobody notices: with kept ports it first
// stops accepting (what comes in waits for the next version), gets the grace to
// answer what it has accepted, and is then stopped as by Stop. It returns at
// once; Stop and Kill may be called meanwhile.
func (p *Program) Retire() {
	p.retire.Do(func() {
		p.draining.Store(true)
		go func() {
			p.portUser.drain(p.Exited(), p.grace)
			p.Stop()
			p.portUser.endWaitingBinds()
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

// runsForReadyTime waits for readyTime, and reports whether the program still runs
// then.
func runsForReadyTime(exited <-chan struct{}) bool {
	timer := time.NewTimer(readyTime)
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
	ready := p.portUser.awaitReady
	if p.probe != nil {
		ready = func(exited <-chan struct{}) bool {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				select {
				case <-exited:
					cancel()
				case <-ctx.Done():
				}
			}()
			return p.probe(ctx, p.Dial) == nil
		}
	}
	if ready(p.Exited()) {
		close(p.ready)
		p.portUser.dropUnclaimed(p.Exited())
	}
}

// Dial connects to an address, as the method of net.Dialer of that name.
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// Dial connects to an address as net.Dialer does; but where that is a kept port, it
// returns only a connection that this program itself has accepted. Its queue is
// open before the program runs, and while another version runs, that one may be
// the one to accept it: such a connection is closed, unused, and another one made.
func (p *Program) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	for {
		alone := p.portUser.runsAlone()
		conn, err := p.portUser.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		ours, err := p.portUser.hasAccepted(ctx, conn, alone)
		if err == nil && ours {
			return conn, nil
		}
		conn.Close()
		if err != nil {
			return nil, err
		}
	}
}
