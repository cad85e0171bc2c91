package main

import (
	"slices"
	"testing"

	"github.com/gorun-dev/gorun/internal/bench/result"
	"github.com/gorun-dev/gorun/internal/longtest"
)

// TestDay is a working day with the small program, of gorun and of what is done by hand.
func TestDay(t *testing.T) {
	longtest.Skip(t) // it builds a program some twenty times
	t.Parallel()
	r := testRun(t)
	gorun := installSelf(t)
	o := &options{
		programs: []string{"small"}, only: []string{"day"},
		tools: []string{"floor", "gorun", "go-build"}, named: map[string]string{"gorun": gorun},
	}
	tools := o.chosen()
	for _, tool := range tools {
		tool.longRest = 0 // gorun's would have it compile the standard library once more
	}
	if err := r.install(t.Context(), tools, o.named); err != nil {
		t.Fatal(err)
	}
	programs, err := o.build(t.Context(), r, tools)
	if err != nil {
		t.Fatal(err)
	}
	m := &reloader{run: r, tools: tools}
	if n, err := m.measureDays(t.Context(), programs[0], 1); err != nil || n != 1 {
		t.Fatalf("%d days, %v", n, err)
	}
	if len(m.failures) > 0 {
		t.Fatal(m.failures)
	}
	for _, tool := range o.tools {
		for _, at := range day {
			x := slices.IndexFunc(m.results, func(x *result.Reload) bool { return x.Tool == tool && x.Save == at.Name })
			switch {
			case tool == "floor" && at.start:
				if x >= 0 {
					t.Errorf("the floor has %+v", m.results[x])
				}
			case x < 0 || len(m.results[x].Seconds) != 1 || m.results[x].Seconds[0] <= 0:
				t.Errorf("%s, %s: nothing was measured", tool, at.Name)
			}
		}
	}
}

// The moments of the day are the columns of its table.
func TestDayColumns(t *testing.T) {
	var names []string
	for _, at := range day {
		names = append(names, at.Name)
	}
	var columns []string
	for _, c := range result.Day {
		columns = append(columns, c.Name)
	}
	if !slices.Equal(names, columns) {
		t.Errorf("the day has %q, its table %q", names, columns)
	}
}
