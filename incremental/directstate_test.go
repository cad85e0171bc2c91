package incremental

import (
	"testing"
)

// TestDirectState is the whole table: what each event makes of each state.
func TestDirectState(t *testing.T) {
	states := map[string]directState{
		"not prepared":         {},
		"not prepared, unset":  {noNamedSet: "few importers"},
		"prepared":             {phase: prepared, files: map[string]bool{"/m/main.go": true}},
		"prepared, unset":      {phase: prepared, files: map[string]bool{}, noNamedSet: "few importers"},
		"prepared, outgrown":   {phase: prepared, files: map[string]bool{}, renew: true},
		"prepared, named":      {phase: prepared, files: map[string]bool{}, named: true},
		"prepared, named, old": {phase: prepared, files: map[string]bool{}, named: true, renew: true},
		"refused":              {phase: refused, reason: "a profile"},
		"off":                  {phase: off, reason: "-engine=go"},
	}
	events := map[string]func(directState) directState{
		"plan that changes nothing": func(s directState) directState { return s.planned(Plan{Way: WayDirect}) },
		"plan beyond the recipe":    func(s directState) directState { return s.planned(Plan{Outdated: true}) },
		"plan of a new graph": func(s directState) directState {
			return s.planned(Plan{Outdated: true, Reload: true})
		},
		"recipe gone":         directState.recipeGone,
		"preparation refused": func(s directState) directState { return s.refuse("no recipe") },
		"named set refused":   func(s directState) directState { return s.refuseNamedSet("-race") },
		"outgrown":            directState.outgrown,
		"mismatch, or another fault": func(s directState) directState {
			return s.turnOff("a direct build was wrong")
		},
	}
	const (
		none  = "not prepared"
		ready = "prepared"
		named = "prepared with the named set"
		renew = ", to be renewed"
		wrong = "off (a direct build was wrong)"
		no    = "refused (no recipe)"
		race  = ", no named set (-race)"
		few   = ", no named set (few importers)"
		flag  = "off (-engine=go)"
	)
	want := map[string]map[string]string{
		"plan that changes nothing": {
			"not prepared": none, "not prepared, unset": none + few,
			"prepared": ready, "prepared, unset": ready + few, "prepared, outgrown": ready + renew,
			"prepared, named": named, "prepared, named, old": named + renew,
			"refused": "refused (a profile)", "off": flag,
		},
		// What was refused for a reason of the graph's is refused still: only a plan with Reload can have ended it.
		"plan beyond the recipe": {
			"not prepared": none, "not prepared, unset": none + few,
			"prepared": none, "prepared, unset": none, "prepared, outgrown": none,
			"prepared, named": none, "prepared, named, old": none,
			"refused": "refused (a profile)", "off": flag,
		},
		"plan of a new graph": {
			"not prepared": none, "not prepared, unset": none,
			"prepared": none, "prepared, unset": none, "prepared, outgrown": none,
			"prepared, named": none, "prepared, named, old": none,
			"refused": none, "off": flag,
		},
		"recipe gone": {
			"not prepared": none, "not prepared, unset": none,
			"prepared": none, "prepared, unset": none, "prepared, outgrown": none,
			"prepared, named": none, "prepared, named, old": none,
			"refused": none, "off": flag,
		},
		"preparation refused": {
			"not prepared": no, "not prepared, unset": no,
			"prepared": no, "prepared, unset": no, "prepared, outgrown": no,
			"prepared, named": no, "prepared, named, old": no,
			"refused": no, "off": flag,
		},
		"named set refused": {
			"not prepared": none + race, "not prepared, unset": none + race,
			"prepared": ready + race, "prepared, unset": ready + race, "prepared, outgrown": ready + renew + race,
			// Its archives are the named set's: without it there is nothing to go on with.
			"prepared, named": none + race, "prepared, named, old": none + race,
			"refused": "refused (a profile)" + race, "off": flag,
		},
		"outgrown": {
			"not prepared": none, "not prepared, unset": none + few,
			"prepared": ready + renew, "prepared, unset": ready + renew + few,
			"prepared, outgrown": ready + renew,
			"prepared, named":    named + renew, "prepared, named, old": named + renew,
			"refused": "refused (a profile)", "off": flag,
		},
		"mismatch, or another fault": {
			"not prepared": wrong, "not prepared, unset": wrong,
			"prepared": wrong, "prepared, unset": wrong, "prepared, outgrown": wrong,
			"prepared, named": wrong, "prepared, named, old": wrong,
			"refused": wrong, "off": flag,
		},
	}
	for event, do := range events {
		for state, s := range states {
			next := do(s)
			if got := next.String(); got != want[event][state] {
				t.Errorf("%s: %s becomes %q, want %q", event, state, got, want[event][state])
			}
			// What plans see follows from the phase alone.
			if k := next.known(); (k.Files != nil) != (next.phase == prepared) || (k.Why == "") != (next.phase == prepared) {
				t.Errorf("%s: %s: plans see %+v", event, state, k)
			}
		}
	}
	for state, want := range map[string]bool{
		"not prepared": true, "not prepared, unset": true, "prepared": false, "prepared, unset": false,
		"prepared, outgrown": true, "prepared, named": false, "prepared, named, old": true, "refused": false, "off": false,
	} {
		if got := states[state].wantsPreparation(); got != want {
			t.Errorf("%s: wants preparation %v, want %v", state, got, want)
		}
	}
}
