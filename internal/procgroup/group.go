package procgroup

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// A Group is a running program with everything it started.
//
// Its methods may be called from any goroutine, at any time, any number of
// times; none of them waits for the program.
type Group struct {
	pid      int
	requests chan request  // never closed; run receives until gone is closed
	exited   chan struct{} // closed by run when the program itself has ended
	done     chan struct{} // closed by run when nothing is left that can be killed
	gone     chan struct{} // closed by run when nothing is left

	outcome Outcome // written by run before it closes exited, read after

	mu   sync.Mutex // run writes, anybody reads
	left []int
}

// A request is a method call on its way to run.
type request struct {
	verb verb
	sig  syscall.Signal
}

// A verb is an order to the keeper.
type verb string

const (
	verbSignal     verb = "signal"      // to the program
	verbForward    verb = "forward"     // to the program, unless the terminal sent it there
	verbSignalAll  verb = "signal-all"  // to everything
	verbForwardAll verb = "forward-all" // to everything that the terminal did not send it to
	verbKill       verb = "kill"        // SIGKILL to everything, until nothing is left
	verbRelease    verb = "release"     // leave what is left and exit
)

// A fact is what a keeper reports.
type fact struct {
	kind    factKind
	pid     int     // started
	errno   int     // failed
	outcome Outcome // ended
	rest    bool    // ended: something that it started lives on
	left    []int   // left; gone: what was released
}

type factKind string

const (
	factStarted factKind = "started"
	factFailed  factKind = "failed"
	factEnded   factKind = "ended"
	factKilling factKind = "killing" // the answer to verbKill
	factLeft    factKind = "left"    // what cannot be killed, which the keeper waits for
	factGone    factKind = "gone"
)

// A link leads to whoever is the program's parent: a keeper, or on Windows a
// job object.
type link interface {
	// order passes an order on. It does not wait for it to be carried out, and
	// is without effect when the other side is gone.
	order(verb, syscall.Signal)
	// facts is closed, by the link, after the last fact, when the other side
	// has been waited for. An ended fact always comes before.
	facts() <-chan fact
}

// Start starts the program and returns when it runs, or when it is known that
// it cannot be started; the error is then a [*startfailure.Error]. An executable that
// another process still has open for writing (ETXTBSY) is tried again for
// three seconds, unless spec is Plain.
func Start(spec Spec) (*Group, error) {
	spec = spec.complete()
	l, pid, err := start(spec)
	if err != nil {
		return nil, err
	}
	return newGroup(spec, l, pid), nil
}

func newGroup(spec Spec, l link, pid int) *Group {
	g := &Group{
		pid:      pid,
		requests: make(chan request),
		exited:   make(chan struct{}),
		done:     make(chan struct{}),
		gone:     make(chan struct{}),
	}
	go g.run(spec, l)
	return g
}

// run owns the state of g. It returns when the link has said its last.
func (g *Group) run(spec Spec, l link) {
	defer close(g.gone)
	done := sync.OnceFunc(func() { close(g.done) })
	defer done()
	exited := sync.OnceFunc(func() { close(g.exited) })
	defer exited()

	var (
		ended             bool
		stopping, killing bool
		grace             *time.Timer
		deadline          <-chan time.Time
	)
	kill := func() {
		if !killing {
			stopping, killing = true, true
			spec.Debug("%d: killing everything", g.pid)
			l.order(verbKill, 0)
		}
	}
	stop := func(v verb, sig syscall.Signal) {
		if stopping {
			return
		}
		if spec.Grace <= 0 || sig == syscall.SIGKILL {
			kill()
			return
		}
		stopping = true
		spec.Debug("%d: stopping with %s, grace %v", g.pid, SignalName(sig), spec.Grace)
		l.order(v, sig)
		grace = time.NewTimer(spec.Grace)
		deadline = grace.C
	}
	defer func() {
		if grace != nil {
			grace.Stop()
		}
	}()

	facts := l.facts()
	for {
		select {
		case f, ok := <-facts:
			if !ok {
				return
			}
			switch f.kind {
			case factEnded:
				spec.Debug("%d: %v", g.pid, f.outcome)
				if ended {
					break // it was given up before
				}
				ended, g.outcome = true, f.outcome
				exited()
				if !f.rest || stopping {
					break
				}
				if spec.LeaveRest {
					l.order(verbRelease, 0)
				} else {
					stop(verbSignalAll, spec.Signal)
				}
			case factLeft:
				spec.Debug("%d: cannot be killed: %v", g.pid, f.left)
				g.setLeft(f.left)
				if !ended {
					ended, g.outcome = true, f.outcome
					g.outcome.Alive = true
					exited()
				}
				done()
			case factGone:
				spec.Debug("%d: all gone, but for %v", g.pid, f.left)
				g.setLeft(nil)
			}
		case r := <-g.requests:
			switch r.verb {
			case verbKill:
				kill()
			case verbSignalAll:
				stop(verbSignalAll, spec.Signal)
			case verbForwardAll:
				stop(verbForwardAll, r.sig)
			default:
				l.order(r.verb, r.sig)
			}
		case <-deadline:
			kill()
		}
	}
}

func (g *Group) setLeft(pids []int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = pids
}

func (g *Group) request(v verb, sig syscall.Signal) {
	select {
	case g.requests <- request{v, sig}:
	case <-g.gone:
	}
}

// Pid is the program's process ID.
func (g *Group) Pid() int { return g.pid }

// Exited is closed when the program itself has ended; what it started may
// still run. It is also closed when the program could not be killed ([Outcome.Alive]).
func (g *Group) Exited() <-chan struct{} { return g.exited }

// Done is closed when the program and everything it started is gone and has
// been waited for, but for what could not be killed: see [Group.Left]. When the program
// ends by itself and something that it started lives on, that is stopped first (but see
// [Spec.LeaveRest]).
func (g *Group) Done() <-chan struct{} { return g.done }

// Gone is closed when nothing is left at all, after Done. It is as good as never closed
// if something hangs in the kernel.
func (g *Group) Gone() <-chan struct{} { return g.gone }

// Outcome is how the program ended. It waits for Exited.
func (g *Group) Outcome() Outcome {
	<-g.exited
	return g.outcome
}

// Left lists the processes that could not be killed so far, because they belong to
// another user (sudo) or hang in the kernel. It waits for Done.
func (g *Group) Left() []Survivor {
	<-g.done
	g.mu.Lock()
	defer g.mu.Unlock()
	return survivors(g.left)
}

// Signal passes sig to the program, and to it alone.
func (g *Group) Signal(sig syscall.Signal) error {
	select {
	case <-g.exited:
		return os.ErrProcessDone
	default:
	}
	g.request(verbSignal, sig)
	return nil
}

// Forward passes on a signal that the calling process received itself. When it
// came from the terminal, or was sent to the whole process group, the program
// has it already and does not get it again.
func (g *Group) Forward(sig syscall.Signal) { g.request(verbForward, sig) }

// Stop begins to stop everything: Spec.Signal, Spec.Grace, SIGKILL.
func (g *Group) Stop() { g.request(verbSignalAll, 0) }

// StopFor is Stop because of a signal that the calling process received
// itself: that signal takes the place of Spec.Signal, and as with
// [Group.Forward] nobody gets it twice.
func (g *Group) StopFor(sig syscall.Signal) { g.request(verbForwardAll, sig) }

// Kill sends SIGKILL to everything, until nothing is left. It ends the grace
// of a Stop.
func (g *Group) Kill() { g.request(verbKill, 0) }
