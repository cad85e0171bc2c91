package incremental

import (
	"fmt"

	"github.com/gorun-dev/gorun/incremental/direct"
)

// A directPhase is one of the four answers to whether the next build may be direct.
type directPhase int

const (
	notPrepared directPhase = iota // no recipe was read yet, or the one that was read no longer holds
	prepared                       // a session can build
	refused                        // the recipe cannot be used; it is read again when the graph is loaded again
	off                            // not in this run any more
)

// A directState says whether the next build may be direct, and with what. It is a value: each
// event of the table in directstate_test.go is a method that returns the state which follows.
//
// Rejected: a flag for each event (a session or nil, why preparing failed, why there is no
// direct way, whether to prepare again). Five flags have 32 combinations, of which these four
// phases are the ones that mean something.
type directState struct {
	phase  directPhase
	reason string // refused and off: why

	// Only where it is prepared:
	session *direct.Session
	files   map[string]bool // those that the session reads
	named   bool            // the session links the named set
	renew   bool            // preparing once more would give a better session

	// noNamedSet says why the named set is not built until the graph is loaded again; "" where
	// nothing is known against it. It outlives a session that linked the named set and no longer can.
	noNamedSet string
}

// follows returns next, unless the direct way is off: nothing ends that.
func (s directState) follows(next directState) directState {
	if s.phase == off {
		return s
	}
	return next
}

// planned is the state after a plan that says that the recipe is out of date, or that whatever
// spoke against it may have gone.
func (s directState) planned(p Plan) directState {
	if p.Reload || p.Outdated && s.phase == prepared {
		return s.recipeGone()
	}
	return s
}

// recipeGone is the state after a change of something that the recipe was read from.
func (s directState) recipeGone() directState { return s.follows(directState{}) }

// ready is the state after a preparation that was proved right.
func (s directState) ready(session *direct.Session) directState {
	return s.follows(directState{
		phase: prepared, session: session, files: session.Files(), named: session.Named(), noNamedSet: s.noNamedSet,
	})
}

// refuse is the state after a preparation that failed. It is not tried again with the same recipe.
func (s directState) refuse(reason string) directState {
	return s.follows(directState{phase: refused, reason: reason})
}

// refuseNamedSet is the state after a preparation with the named set that failed, or for which
// the program is not suited. A session without the named set goes on.
func (s directState) refuseNamedSet(reason string) directState {
	next := s
	if s.phase == prepared && s.named {
		next = directState{}
	}
	next.noNamedSet = reason
	return s.follows(next)
}

// outgrown is the state after a build that a new recipe would serve better: the session could
// not build what the go command could, or importers know a twin of what they import.
func (s directState) outgrown() directState {
	s.renew = s.phase == prepared
	return s
}

// turnOff is the state after something that must not happen twice.
func (s directState) turnOff(reason string) directState {
	return s.follows(directState{phase: off, reason: reason})
}

// wantsPreparation reports whether there is a point in preparing now.
func (s directState) wantsPreparation() bool {
	return s.phase == notPrepared || s.phase == prepared && s.renew
}

// known is what plans see of the state.
func (s directState) known() Known {
	switch s.phase {
	case prepared:
		return Known{Files: s.files}
	case notPrepared:
		return Known{Why: "the recipe is not read yet"}
	}
	return Known{Why: s.reason}
}

func (s directState) String() string {
	var text string
	switch s.phase {
	case notPrepared:
		text = "not prepared"
	case prepared:
		text = "prepared"
		if s.named {
			text += " with the named set"
		}
		if s.renew {
			text += ", to be renewed"
		}
	case refused:
		text = fmt.Sprintf("refused (%s)", s.reason)
	case off:
		text = fmt.Sprintf("off (%s)", s.reason)
	}
	if s.noNamedSet != "" {
		text += fmt.Sprintf(", no named set (%s)", s.noNamedSet)
	}
	return text
}

// Known returns what plans have to know of the direct way.
func (b *Builder) Known() Known {
	b.stateMu.Lock()
	defer b.stateMu.Unlock()
	k := b.state.known()
	k.Confirms = b.restored != nil && b.restored.session == b.state.session && b.restored.program.Outcome != nil
	return k
}

// directState returns the present state.
func (b *Builder) directState() directState {
	b.stateMu.Lock()
	defer b.stateMu.Unlock()
	return b.state
}

// setDirect replaces the state. Builds and idle work exclude each other, so the state that
// directState returned to the caller is still the present one.
func (b *Builder) setDirect(s directState) {
	b.updateDirect(func(directState) directState { return s })
}

// updateDirect makes of the state the next one. Before a build begins a session may be restored.
func (b *Builder) updateDirect(next func(directState) directState) {
	b.stateMu.Lock()
	defer b.stateMu.Unlock()
	s := next(b.state)
	b.state = s
	if b.ahead != nil && s.phase != prepared {
		b.ahead.End() // what it has loaded was read by a recipe that holds no more
	}
}
