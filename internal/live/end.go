package live

import (
	"os"
	"syscall"

	"github.com/gorun-dev/gorun/exec"
)

// Ends: that of a program, and that of gorun.

// onEnded comes when nothing is left of a program.
func (m *machine) onEnded(e programEnded) {
	id, out := e.id, e.outcome
	p, served := m.slot.exited(id)
	if p == nil {
		return
	}
	early := p == m.slot.overlapping()
	another := m.restart != nil || m.building() || m.slot.swapping() && !early
	next := 0
	if b := m.slot.overlapping(); b != nil && b != p {
		next = b.id
	}
	m.emit(m.requests.ended(id, out, another, next)...)
	m.emit(m.slot.leave(e)...)
	switch {
	case served:
		m.onExit(p, out)
	case early:
		m.onEndedEarly(p, out.String(), out.ExitStatus())
	default:
		m.died(p, out.String(), out.ExitStatus())
	}
}

// onExit goes on when the program that served has ended: the candidate takes its
// place, or it has ended by itself.
func (m *machine) onExit(p *instance, out exec.Outcome) {
	m.emit(disarm{graceTimer})
	if m.slot.overlapping() == nil {
		m.emit(disarm{readyTimer})
	}
	m.died(p, out.String(), out.ExitStatus())
	switch {
	case m.end.by != nil:
		m.exit(out.ExitStatus())
	case m.slot.overlapping() != nil:
		m.promote()
	case m.slot.at(awaitingExit{}):
		m.slot.vacated = true
		m.slot.candidate.stage = waiting{}
	case m.slot.swapping():
		m.broken = false // it was to start while this one serves, and now is the only one
	case m.onCrash(p, out):
	case !m.staying():
		m.exit(out.ExitStatus())
	default:
		say := m.say
		if out.ExitStatus() != 0 {
			say = m.fail
		}
		waits := "waiting for a save"
		if m.slot.holds() {
			waits = "gorun -tell restart starts the new version"
		}
		say("%s; %s", out, waits)
	}
}

// onSignal passes a signal on and begins to end gorun; the second one kills.
func (m *machine) onSignal(sig os.Signal) {
	switch p := m.slot.serving; {
	case p == nil:
		m.exit(signalStatus(sig))
	case m.end.by != nil:
		m.end.final = true
		m.emit(kill{p.id})
	default:
		m.beginEnd(sig)
		if s, ok := sig.(syscall.Signal); ok {
			m.emit(forward{p.id, s})
		}
		m.arm(graceTimer, m.settings.Grace)
	}
}

// beginEnd drops everything but the program that serves, which is to end first.
func (m *machine) beginEnd(by os.Signal) {
	m.end.by = by
	m.pipeline.interrupted = m.building()
	m.emit(m.pipeline.cancel()...)
	m.emit(m.slot.dropOverlapping()...)
	m.emit(m.requests.ending()...)
}

// mayCarryOn reports whether gorun is to end because of a key at the terminal: to a shell
// or an editor ^C is a key like any other.
func (m *machine) mayCarryOn() bool {
	return m.settings.Terminal && !m.end.final && (m.end.by == os.Interrupt || m.end.by == syscall.SIGQUIT)
}

// onGrace comes when a signalled program has not ended in time. One that was
// told by the terminal is left alone, as `go run` does.
func (m *machine) onGrace() {
	switch p := m.slot.serving; {
	case p == nil || m.end.by == nil:
	case m.mayCarryOn():
		m.say("the program runs on; ^C again kills it")
	default:
		m.emit(kill{p.id})
	}
}

// lastStep is for what happens when nothing is decided any more: everything that is
// still there is ended, and its end is told.
func (m *machine) lastStep(e machineEvent) {
	switch e := e.(type) {
	case closing:
		m.emit(m.hooks.cancel(func(h *runningHook) bool { return h.name != AfterStop && h.name != OnFail })...)
		for _, p := range m.slot.programs() {
			m.emit(kill{p.id})
		}
	case programEnded:
		if p, _ := m.slot.exited(e.id); p != nil {
			m.emit(m.slot.leave(e)...)
			if p == m.slot.overlapping() {
				m.slot.candidate.stage = waiting{}
			}
			m.died(p, e.outcome.String(), e.outcome.ExitStatus())
		}
	case hookMissing:
		m.onHookMissing(e.id)
	case hookEnded:
		m.onHook(e)
	case signalled: // again, by somebody who does not want to wait for hooks
		m.emit(m.hooks.cancel(func(*runningHook) bool { return true })...)
	case closed:
		m.emit(m.slot.drop()...)
		if exe := m.slot.last.Exe; exe != nil {
			m.emit(remove{exe})
		}
		m.emit(m.requests.close(m.slot.left())...)
	case requested:
		m.emit(answer{e.request, Answer{Err: errEnding}})
	}
}

func signalStatus(sig os.Signal) int {
	if s, ok := sig.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 1
}
