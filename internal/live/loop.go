package live

import (
	"context"
	"time"
)

// A loop selects what arrives, hands it to the machine as an event, and does the
// effects. Only the goroutine of Run touches it.
type loop struct {
	deps    Deps // of the newest settings
	machine *machine

	timers   [numTimers]timer
	load     *loading        // in flight, or nil
	step     Step            // in flight, or nil
	build    Build           // in flight, or done and not collected, or nil
	programs map[int]Program // that were started and have not ended
	hooks    map[int]Hook    // that were started and have not ended
	watched  []string        // the directories that the watcher follows, sorted
	state    State           // that was told

	inbox  chan any      // that something in flight has ended, or is ready; nobody closes it
	closed chan struct{} // closed by close: nobody receives from inbox any more
}

// A loading is a load of the graph in flight.
type loading struct {
	cancel context.CancelFunc
	done   chan struct{} // closed by the load's goroutine
	graph  Graph         // once done is closed, as is err
	err    error
}

// What arrives in the inbox. Of a load, a step or a build that was abandoned
// meanwhile nobody hears.
type (
	loadOver    struct{ *loading }
	stepOver    struct{ Step }
	buildOver   struct{ Build }
	programOver struct{ id int }
	hookOver    struct{ id int }
)

func newLoop(deps Deps, settings Settings) *loop {
	return &loop{
		deps: deps, machine: newMachine(&settings, deps.Generate != nil),
		programs: map[int]Program{}, hooks: map[int]Hook{},
		inbox: make(chan any), closed: make(chan struct{}),
	}
}

func (l *loop) run() {
	l.handle(begun{})
	recheck := newRecheck()
	defer recheck.timer.Stop()
	for !l.machine.end.over {
		var e machineEvent
		select {
		case <-recheck.timer.C:
			e = l.lookUp(nil)
			recheck.done(e)
		case b, ok := <-l.deps.Watch.Batches():
			recheck.reported()
			switch {
			case !ok:
				e = watcherGone{}
			case b.All:
				e = l.lookUp(nil)
			default:
				e = l.lookUp(b.Paths)
			}
		case arrived := <-l.inbox:
			e = l.complete(arrived)
		case <-l.inputsLoaded():
			e = inputsLoaded{}
		case <-l.portsLost():
			e = portsLost{}
		case a := <-l.deps.Alarms:
			e = alarmed{a}
		case <-l.timers[quietTimer].C():
			e = quietOver{}
		case <-l.timers[graceTimer].C():
			e = graceOver{}
		case <-l.timers[readyTimer].C():
			e = l.missing()
		case <-l.timers[backoffTimer].C():
			e = backoffOver{}
		case sig := <-l.deps.Signals:
			e = signalled{sig}
		case r := <-l.deps.Requests:
			e = requested{r}
		}
		if e != nil {
			l.handle(e)
		}
	}
}

// handle has the machine decide what an event means, until there is nothing left to be
// done about it.
func (l *loop) handle(e machineEvent) {
	l.apply(e)
	for !l.machine.end.over {
		effects := l.machine.step(time.Now(), rested{})
		if effects == nil {
			l.tellState()
			return
		}
		l.perform(effects)
	}
}

// tellState tells a state in which the machine rests. That of a program which is to start again
// in a moment is none.
func (l *loop) tellState() {
	s := l.machine.journal.state
	if s == l.state || l.deps.State == nil || s == Waiting && l.machine.crashes.pausing {
		return
	}
	l.state = s
	l.deps.State(s)
}

// apply tells the machine of an event and does the effects.
func (l *loop) apply(e machineEvent) { l.perform(l.machine.step(time.Now(), e)) }

func (l *loop) perform(effects []effect) {
	for _, f := range effects {
		if e := l.do(f); e != nil {
			l.apply(e)
		}
	}
}

// await has something arrive in the inbox when done is closed.
func (l *loop) await(done <-chan struct{}, arrives any) {
	go func() {
		select {
		case <-done:
		case <-l.closed:
			return
		}
		l.send(arrives)
	}()
}

// awaitProgram has arrive in the inbox that a program is ready, that it could not bind what it
// needs, that it has ended, and that nothing is left of it.
func (l *loop) awaitProgram(id int, p Program) {
	go func() {
		ready, obstructed := p.Ready(), p.Obstructed()
		for over := false; !over; {
			select {
			case <-ready:
				ready = nil
				l.send(programReady{id})
			case <-obstructed:
				obstructed = nil
				l.send(programObstructed{id, p.Obstacle()})
			case <-p.Done():
				over = true
			}
		}
		select {
		case <-obstructed: // or it would be said to have failed
			l.send(programObstructed{id, p.Obstacle()})
		default:
		}
		l.send(programOver{id})
		select {
		case <-p.Gone():
			l.send(programGone{id})
		case <-l.closed:
		}
	}()
}

func (l *loop) send(arrives any) {
	select {
	case l.inbox <- arrives:
	case <-l.closed:
	}
}

// close leaves nothing behind.
func (l *loop) close() {
	for i := range l.timers {
		l.timers[i].Stop()
	}
	if l.step != nil {
		l.step.Cancel()
		<-l.step.Done()
	}
	if l.build != nil {
		l.build.Cancel()
		l.build.Result().Exe.Remove()
	}
	l.stopLoad()
	l.step, l.build = nil, nil
	l.apply(closing{})
	for _, p := range l.machine.slot.programs() {
		<-l.programs[p.id].Done()
		l.apply(l.complete(programOver{p.id}))
	}
	for len(l.hooks) > 0 {
		select {
		case arrived := <-l.inbox:
			if h, ok := arrived.(hookOver); ok {
				l.apply(l.complete(h))
			}
		case sig := <-l.deps.Signals:
			l.apply(signalled{sig})
		}
	}
	close(l.closed)
	l.apply(closed{})
}

// inputsLoaded has a value when it is known what directives are made from.
func (l *loop) inputsLoaded() <-chan struct{} {
	if l.deps.Generate == nil {
		return nil
	}
	return l.deps.Generate.Loaded()
}

// portsLost is closed when the ports of programs are not kept any more; nil when the machine
// knows.
func (l *loop) portsLost() <-chan struct{} {
	if l.machine.slot.replacing {
		return nil
	}
	return l.deps.PortsLost
}

// timer is a time.Timer that need not be running.
type timer struct{ t *time.Timer }

func (t *timer) C() <-chan time.Time {
	if t.t == nil {
		return nil
	}
	return t.t.C
}

func (t *timer) Reset(d time.Duration) {
	t.Stop()
	t.t = time.NewTimer(d)
}

func (t *timer) Stop() {
	if t.t != nil {
		t.t.Stop()
		t.t = nil
	}
}
