package live

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/incremental"
)

// slotWorld has versions by their names and programs by their numbers.
type slotWorld struct {
	slot
	exes map[string]*incremental.Executable
}

func (w *slotWorld) version(name string, settings *Settings) Version {
	if w.exes[name] == nil {
		w.exes[name] = &incremental.Executable{Path: "/exe/" + name}
	}
	return Version{Exe: w.exes[name], Settings: settings}
}

// do does a step of a story and returns the effects.
func (w *slotWorld) do(step string) []effect {
	words := strings.Fields(step)
	var n int
	fmt.Sscan(words[len(words)-1], &n)
	replace, overlap := &Settings{}, &Settings{Overlap: true}
	switch words[0] {
	case "place":
		return w.place(w.version(words[1], replace))
	case "overlap":
		return w.place(w.version(words[1], overlap))
	case "hold":
		return w.hold(w.version(words[1], replace))
	case "again":
		return w.place(w.last)
	case "serves": // the candidate was started, and there is no other program
		v := w.candidate.Version
		w.candidate, w.serving = nil, &instance{id: n, version: v}
		return w.become(v)
	case "runs": // the candidate was started
		w.candidate.stage = becomingReady{&instance{id: n}}
	case "exits":
		p, served := w.exited(n)
		if p == nil {
			return []effect{say{"not known"}}
		}
		return []effect{say{fmt.Sprintf("%d, served: %t", p.id, served)}}
	case "drop":
		return w.drop()
	case "drop-held":
		return w.dropHeld()
	case "drop-overlapping":
		return w.dropOverlapping()
	case "stop":
		return w.stopOverlapping()
	case "queue":
		return w.queue()
	case "replacing":
		w.relabel(replace)
	}
	return nil
}

func (w *slotWorld) String() string {
	s := nameOf(w.last.Exe)
	if w.serving != nil {
		s += fmt.Sprintf(" serves as %v", w.serving)
	}
	if w.candidate != nil {
		s += fmt.Sprintf(", %s %v", nameOf(w.candidate.Exe), w.candidate.stage)
	}
	for _, p := range w.leaving {
		s += fmt.Sprintf(", %v leaves", p)
	}
	return s
}

func TestSlot(t *testing.T) {
	for _, c := range []struct {
		steps   string
		effects string // of the last step
		slot    string // then
	}{
		{"place a", "", "nothing, a waiting"},
		{"place a; place b", "remove a", "nothing, b waiting"},
		{"place a; serves 1", "", "a serves as 1"},
		{"place a; serves 1; place b", "retire 1", "a serves as 1, b awaiting exit"},
		{"place a; serves 1; place b; place c", "remove b", "a serves as 1, c awaiting exit"},
		{"place a; serves 1; place b; exits 1", "say 1, served: true", "a, b awaiting exit"},
		{"place a; serves 1; exits 1; place b; serves 2", "remove a", "b serves as 2"},
		{"place a; serves 1; again", "retire 1", "a serves as 1, a awaiting exit"},
		{"place a; serves 1; again; place b", "", "a serves as 1, b awaiting exit"},
		{"place a; serves 1; place b; again", "remove b", "a serves as 1, a awaiting exit"},
		{"place a; serves 1; overlap b", "", "a serves as 1, b waiting"},
		{"place a; serves 1; overlap b; runs 2", "", "a serves as 1, b becoming ready (program 2)"},
		{"place a; serves 1; overlap b; runs 2; overlap c",
			"disarm ready; kill 2; remove b", "a serves as 1, c waiting, 2 leaves"},
		{"place a; serves 1; overlap b; runs 2; place c", "disarm ready; kill 2; remove b; retire 1",
			"a serves as 1, c awaiting exit, 2 leaves"},
		{"place a; serves 1; overlap b; runs 2; place c; exits 2",
			"say 2, served: false", "a serves as 1, c awaiting exit"},
		{"place a; serves 1; overlap b; runs 2; stop", "disarm ready; kill 2", "a serves as 1, b waiting, 2 leaves"},
		{"place a; serves 1; overlap b; runs 2; stop; queue", "", "a serves as 1, b waiting, 2 leaves"},
		{"place a; serves 1; overlap b; runs 2; replacing; stop; queue",
			"retire 1", "a serves as 1, b awaiting exit, 2 leaves"},
		{"place a; serves 1; overlap b; runs 2; exits 2",
			"say 2, served: false", "a serves as 1, b becoming ready (program 2)"},
		{"place a; serves 1; overlap b; drop-overlapping", "remove b", "a serves as 1"},
		{"place a; serves 1; place b; drop-overlapping", "", "a serves as 1, b awaiting exit"},
		{"place a; serves 1; place b; overlap c", "remove b", "a serves as 1, c waiting"},
		{"place a; serves 1; hold b", "", "a serves as 1, b held"},
		{"place a; serves 1; hold b; hold c", "remove b", "a serves as 1, c held"},
		{"place a; serves 1; hold b; drop-held", "remove b", "a serves as 1"},
		{"place a; serves 1; place b; drop-held", "", "a serves as 1, b awaiting exit"},
		{"place a; serves 1; overlap a; drop", "", "a serves as 1"},
		{"exits 7", "say not known", "nothing"},
	} {
		w := &slotWorld{exes: map[string]*incremental.Executable{}}
		var effects []effect
		for step := range strings.SplitSeq(c.steps, "; ") {
			effects = w.do(step)
		}
		var words []string
		for _, f := range effects {
			words = append(words, f.String())
		}
		if got := strings.Join(words, "; "); got != c.effects {
			t.Errorf("%s: the effects are %q, want %q", c.steps, got, c.effects)
		}
		if got := w.String(); got != c.slot {
			t.Errorf("%s: the slot is %q, want %q", c.steps, got, c.slot)
		}
	}
}

// What is told by a slot to the rest of the machine.
func TestSlotSays(t *testing.T) {
	for _, c := range []struct {
		steps                       string
		swapping, holds, comparable bool
		awaited                     int
	}{
		{"place a", true, false, false, 0},
		{"place a; serves 1", false, false, true, 1},
		{"place a; serves 1; place b", true, false, false, 1},
		{"place a; serves 1; hold b", false, true, true, 1},
		{"place a; serves 1; overlap b; runs 2", true, false, false, 2},
		{"place a; serves 1; exits 1", false, false, false, 0},
	} {
		w := &slotWorld{exes: map[string]*incremental.Executable{}}
		for step := range strings.SplitSeq(c.steps, "; ") {
			w.do(step)
		}
		w.last.Graph = fakeGraph{}
		awaited := 0
		if p := w.awaited(); p != nil {
			awaited = p.id
		}
		comparable := w.comparable() != nil
		if w.swapping() != c.swapping || w.holds() != c.holds || comparable != c.comparable || awaited != c.awaited {
			t.Errorf("%s: swapping %t, holds %t, comparable %t, awaited %d", c.steps, w.swapping(), w.holds(),
				comparable, awaited)
		}
	}
}

// A version carries the newest settings that build it the same, and no others.
func TestSlotRelabels(t *testing.T) {
	settings := func(build, start int) *Settings { return &Settings{Command: fakeCommand{build, start}} }
	old := settings(1, 1)
	w := &slotWorld{exes: map[string]*incremental.Executable{}}
	w.last = w.version("a", old)
	w.candidate = &candidate{w.version("b", settings(2, 1)), waiting{}}
	other := w.candidate.Settings
	alike := settings(1, 2)
	w.relabel(alike)
	if w.last.Settings != alike || w.candidate.Settings != other {
		t.Errorf("%v and %v carry %v and %v", w.last.Exe, w.candidate.Exe, w.last.Settings, w.candidate.Settings)
	}
}
