package live

import (
	"fmt"
	"os"
	"time"
)

// A machine decides everything that the loop does. It is told events and returns
// effects; it looks nothing up, starts nothing, and knows no goroutine, channel or timer:
// the time is a parameter.
//
// Its methods are grouped in files by what has happened: what changed (saves.go,
// quiet.go, settings.go), the pipeline (prepare.go, build.go, load.go), programs
// (start.go, ready.go, crashes.go, end.go), hooks (hooks.go), requests (ask.go). Each
// appends effects to those of the step.
type machine struct {
	settings   *Settings // the newest
	directives bool      // under these settings //go:generate directives are run again
	graph      Graph     // nil until the first load has ended
	loadErr    loadError

	slot     slot
	changes  changes
	pipeline pipeline
	crashes  crashes
	hooks    hooks
	requests requests
	journal  journal

	reload    *reload   // the newest
	restart   *restart  // the program is to start again, without a build; nil if not
	rewritten rewritten // by the program, it seems
	owed      *restart  // a start that was to be a restart, too, and of which nothing serves yet; nil if there is none
	acted     bool      // a save was acted on: from now on gorun stays
	broken    bool      // a failed build was shown, and no good one has followed
	idle      bool      // it was told that nothing is under way
	rebuilt   bool      // the executable was not there, and what starts next was built for that
	end       ending

	now     time.Time
	effects []effect // of the step
}

// An ending is how gorun ends.
type ending struct {
	by     os.Signal // the user wants it, and the program is to end first; nil if not
	final  bool      // the user has wanted it twice: a save does not take that back
	over   bool      // nothing is decided any more
	status int
}

// newMachine returns a machine that is told begun first.
func newMachine(settings *Settings, directives bool) *machine {
	return &machine{settings: settings, directives: directives, journal: journal{state: Loading}}
}

// step decides what an event means.
func (m *machine) step(now time.Time, e machineEvent) []effect {
	m.now, m.effects = now, nil
	if m.end.over {
		m.lastStep(e)
		return m.effects
	}
	switch e := e.(type) {
	case begun:
		m.onBegun()
	case noticed:
		m.onNoticed(e)
	case quietOver:
		m.onQuiet()
	case inspected:
		if e.afterStep {
			m.onStepInspected(e)
		} else {
			m.onJudged(e)
		}
	case watcherGone:
		m.fail("the watcher ended by itself; gorun cannot notice a save any more")
		m.exit(1)
	case loaded:
		m.onLoaded(e)
	case sinceInspected:
		m.onFirstInspected(e.facts)
	case inputsLoaded:
		m.onInputsLoaded()
	case settingsRead:
		m.onSettings(e)
	case alarmed:
		m.onAlarm(e.alarm)
	case stepBegun:
		m.onStepBegun(e)
	case stepEnded:
		m.onStepEnded(e)
	case buildBegun:
		m.pipeline.begun(e.started)
	case buildDone:
		m.pipeline.stage = stageBuilt
	case buildResult:
		m.onBuild(e)
	case runFilesChecked:
		m.onRunFiles(e.stale)
	case startAnswered:
		m.onStarted(e)
	case programReady:
		m.onReady(e.id)
	case programEnded:
		m.onEnded(e)
	case programGone:
		m.slot.gone(e.id)
	case programObstructed:
		m.onObstructed(e)
	case portsLost:
		m.onPortsLost()
	case notReady:
		m.onNotReady(e.missing)
	case backoffOver:
		m.crashes.pausing = false
		m.askRestart(m.crashes.last)
	case hookEnded:
		m.onHook(e)
	case hookMissing:
		m.onHookMissing(e.id)
	case signalled:
		m.onSignal(e.signal)
	case graceOver:
		m.onGrace()
	case requested:
		m.onRequest(e.request)
	case rested:
		m.rest()
	default:
		panic(fmt.Sprintf("live: an event of type %T", e))
	}
	return m.effects
}

// rest goes on with what has waited for something else. It comes again until there
// is no effect.
func (m *machine) rest() {
	tellState := func() { m.emit(m.journal.enterState(m.state())...) }
	for _, goOn := range []func(){
		m.judgeBurst, m.useBuild, m.goOnRestarting, m.goOnSwapping, tellState, m.noteIdle,
	} {
		if goOn(); m.effects != nil {
			return
		}
	}
}

// building reports whether a newer version may be on its way.
func (m *machine) building() bool { return m.pipeline.underway() || m.changes.unbuilt }

// staying reports whether gorun outlives the program: not before the first save
// that it acts on, so that until then it is `go run`.
func (m *machine) staying() bool { return m.settings.Stay || m.acted || m.changes.pending != nil }

// noteIdle tells once when nothing is under way any more.
func (m *machine) noteIdle() {
	idle := m.slot.last.Graph != nil && m.slot.last.Exe != nil && !m.building() && !m.pipeline.loading &&
		!m.slot.swapping() && m.changes.pending == nil && !m.changes.burst.on() && m.end.by == nil
	if idle && !m.idle {
		m.emit(idling{m.slot.last})
	}
	m.idle = idle
}

// Effects in short.

func (m *machine) emit(effects ...effect) { m.effects = append(m.effects, effects...) }

func (m *machine) say(format string, args ...any) { m.emit(sayf(format, args...)) }

func (m *machine) fail(format string, args ...any) { m.emit(failf(format, args...)) }

func (m *machine) debug(topic, format string, args ...any) { m.emit(debugf(topic, format, args...)) }

func (m *machine) arm(t timerName, d time.Duration) { m.emit(arm{t, d}) }

func (m *machine) exit(status int) {
	m.end.over, m.end.status = true, status
	m.emit(exit{status})
}
