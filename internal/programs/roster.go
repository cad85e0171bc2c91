package programs

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
)

// A roster decides what the programs do together: which of them may start, which is started
// again with another one, and in which order they end. It is told events and returns effects,
// and does nothing itself; what one program does is decided by its own loop.
type roster struct {
	members []*member // in the order of the file
	stay    bool      // not to end when all programs have ended
	grace   time.Duration

	acted  bool           // a save was acted on, or somebody asked for something: from now on gorun stays
	by     syscall.Signal // that ends everything; 0 while nothing does
	killed bool
	ends   int // of programs, so far
	over   bool
}

// A member is one program of the roster.
type member struct {
	name        string
	needs       []*member
	restartWith []string

	loop    bool       // its loop runs
	state   live.State // that the loop has told
	runs    bool       // a process runs
	pid     int        // of that process, which serves, or of the last one
	ready   bool       // its process can do its work, or has done it and ended well
	able    int        // the process that was told to be ready last, which with -swap=overlap does not serve yet
	served  bool       // since the loop began a process was started
	waits   bool       // for what it needs: it has not started before
	told    bool       // its loop was told to end
	stopped bool       // somebody has asked for its end
	status  int        // of the newest end; 0 if the program runs
	ended   int        // the number of that end, for the first failure
}

// What a roster is told.
type (
	begun    struct{}
	loopOver struct { // the loop of a program has ended
		name   string
		status int
	}
	stateTold struct { // by the loop of a program
		name  string
		state live.State
	}
	happened   struct{ event event.Event } // to the program that the event names
	signalled  struct{ signal syscall.Signal }
	graceOver  struct{}
	stopAsked  struct{ name string }
	startAsked struct{ name string }
)

// What a roster wants done.
type effect interface{ String() string }

type (
	runLoop  struct{ name string }
	needsMet struct{ name string } // the program may start
	endLoop  struct {              // the second time the program is killed
		name   string
		signal syscall.Signal
	}
	restart  struct{ name, with string }
	armGrace struct{ after time.Duration }
	end      struct{ status int }
)

func (e runLoop) String() string  { return "run " + e.name }
func (e needsMet) String() string { return "needs of " + e.name + " are met" }
func (e endLoop) String() string  { return fmt.Sprintf("end %s: %v", e.name, os.Signal(e.signal)) }
func (e restart) String() string  { return fmt.Sprintf("restart %s with %s", e.name, e.with) }
func (e armGrace) String() string { return fmt.Sprintf("grace %v", e.after) }
func (e end) String() string      { return fmt.Sprintf("end with %d", e.status) }

func newRoster(programs []Program, stay bool) *roster {
	r := &roster{stay: stay}
	for _, p := range programs {
		r.members = append(r.members, &member{name: p.Name, restartWith: p.RestartWith, waits: true})
		r.grace = max(r.grace, p.Grace)
	}
	for i, p := range programs {
		for _, name := range p.Needs {
			if m := r.member(name); m != nil {
				r.members[i].needs = append(r.members[i].needs, m)
			}
		}
	}
	return r
}

func (r *roster) member(name string) *member {
	i := slices.IndexFunc(r.members, func(m *member) bool { return m.name == name })
	if i < 0 {
		return nil
	}
	return r.members[i]
}

// step decides what an event means.
func (r *roster) step(e any) (effects []effect) {
	switch e := e.(type) {
	case begun:
		for _, m := range r.members {
			effects = append(effects, m.run())
		}
	case loopOver:
		m := r.member(e.name)
		m.loop, m.runs, m.ready, m.state = false, false, m.ready && !m.runs, live.Waiting
		if !m.stopped && e.status != 0 && m.status == 0 && r.by == 0 {
			r.failed(m, e.status)
		}
	case stateTold:
		r.member(e.name).state = e.state
	case happened:
		effects = r.onEvent(e.event)
	case signalled:
		effects = r.onSignal(e.signal)
	case graceOver:
		effects = r.kill()
	case startAsked:
		m := r.member(e.name)
		r.acted, m.stopped = true, false
		if !m.loop && r.by == 0 {
			effects = append(effects, m.run())
		}
	case stopAsked:
		m := r.member(e.name)
		r.acted, m.stopped = true, true
		effects = m.end(syscall.SIGTERM)
	default:
		panic(fmt.Sprintf("programs: an event of type %T", e))
	}
	return append(effects, r.goOn()...)
}

// run begins the loop of a program.
func (m *member) run() effect {
	*m = member{name: m.name, needs: m.needs, restartWith: m.restartWith, waits: true, loop: true, state: live.Loading}
	return runLoop{m.name}
}

// end ends the loop of a program, and the program with it.
func (m *member) end(sig syscall.Signal) []effect {
	if !m.loop || m.told {
		return nil
	}
	m.told = true
	return []effect{endLoop{m.name, sig}}
}

func (r *roster) failed(m *member, status int) {
	r.ends++
	m.status, m.ended = status, r.ends
}

// onEvent notes what has happened to a program.
func (r *roster) onEvent(e event.Event) (effects []effect) {
	m := r.member(e.Program)
	switch e.Kind {
	case event.Change:
		r.acted = true
	case event.Swapped, event.Restarted:
		again := m.served
		m.runs, m.pid, m.served, m.status = true, e.Pid, true, 0
		m.ready = m.able == e.Pid && e.Pid != 0
		if again && r.by == 0 {
			effects = r.restartWith(m)
		}
	case event.Ready:
		m.able = e.Pid
		m.ready = m.ready || m.pid == e.Pid
	case event.Exited:
		if m.runs && m.pid != e.Pid {
			break // another version serves
		}
		// What gorun has ended has not done its work, as a migration has, and has not failed.
		m.runs, m.ready = false, *e.Status == 0 && !e.Asked
		if *e.Status != 0 && !m.stopped && (!e.Asked || r.by != 0) {
			r.failed(m, *e.Status)
		}
	case event.Failed:
		if !m.runs && m.status == 0 {
			r.failed(m, 1)
		}
	}
	return effects
}

// restartWith has the programs start again that want to when this one does.
func (r *roster) restartWith(m *member) (effects []effect) {
	for _, other := range r.members {
		if slices.Contains(other.restartWith, m.name) && other.runs {
			effects = append(effects, restart{other.name, m.name})
		}
	}
	return effects
}

// onSignal begins to end everything; the second time it kills.
func (r *roster) onSignal(sig syscall.Signal) []effect {
	if r.by != 0 {
		return r.kill()
	}
	r.by = sig
	return []effect{armGrace{r.grace}}
}

// kill ends what is left at once.
func (r *roster) kill() (effects []effect) {
	if r.by == 0 || r.killed {
		return nil
	}
	r.killed = true
	for _, m := range r.members {
		if m.loop {
			effects = append(effects, m.end(r.by)...)
			effects = append(effects, endLoop{m.name, syscall.SIGKILL})
		}
	}
	return effects
}

// goOn does what has become possible: starts, ends, and the end of all.
func (r *roster) goOn() (effects []effect) {
	if r.over {
		return nil
	}
	for _, m := range r.members {
		if m.loop && m.waits && !slices.ContainsFunc(m.needs, func(n *member) bool { return !n.ready }) {
			m.waits = false
			effects = append(effects, needsMet{m.name})
		}
	}
	if r.by == 0 && r.atRest() && !r.stay && !r.acted {
		r.by = syscall.SIGTERM
	}
	if r.by == 0 {
		return effects
	}
	for _, m := range slices.Backward(r.members) {
		if !r.needed(m) {
			effects = append(effects, m.end(r.by)...)
		}
	}
	if !slices.ContainsFunc(r.members, func(m *member) bool { return m.loop }) {
		r.over = true
		effects = append(effects, end{r.status()})
	}
	return effects
}

// waitsFor is a program that another one waits for in vain, until somebody saves or starts it; "" if it does not.
func (r *roster) waitsFor(m *member) string {
	for _, n := range m.needs {
		if m.waits && !n.ready && !n.runs && (!n.loop || n.state == live.Waiting) {
			return n.name
		}
	}
	return ""
}

// atRest reports whether nothing happens any more without a save: no program runs, and none
// is on its way.
func (r *roster) atRest() bool {
	return !slices.ContainsFunc(r.members, func(m *member) bool {
		blocked := m.waits && m.state == live.Swapping
		return m.loop && !blocked && (m.runs || m.state != live.Waiting)
	})
}

// needed reports whether something that runs needs a program.
func (r *roster) needed(m *member) bool {
	return slices.ContainsFunc(r.members, func(other *member) bool {
		return other.loop && slices.Contains(other.needs, m)
	})
}

// status is that of the first program that has failed and was not mended.
func (r *roster) status() int {
	var first *member
	for _, m := range r.members {
		if m.status != 0 && (first == nil || m.ended < first.ended) {
			first = m
		}
	}
	if first == nil {
		return 0
	}
	return first.status
}
