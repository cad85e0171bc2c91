package programs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/live"
)

// reloadLines make one line of what one save has come to in several programs.
type reloadLines struct {
	open  []string // programs that have begun a reload and do not rest yet
	lines []lineTold
}

// begin notes that a program acts on a save.
func (r *reloadLines) begin(name string) {
	if !slices.Contains(r.open, name) {
		r.open = append(r.open, name)
	}
}

// rests notes that nothing is under way for a program.
func (r *reloadLines) rests(name string) {
	r.open = slices.DeleteFunc(r.open, func(n string) bool { return n == name })
}

// add notes a program's own line.
func (r *reloadLines) add(name string, line live.Reloaded) {
	r.lines = append(r.lines, lineTold{name, line})
}

func (r *reloadLines) some() bool { return len(r.lines) > 0 }

// complete reports whether there are lines, and no more are to come.
func (r *reloadLines) complete() bool { return len(r.lines) > 0 && len(r.open) == 0 }

// take returns one line for each reason, in the order in which the first of each came.
func (r *reloadLines) take() []string {
	var lines []string
	for len(r.lines) > 0 {
		reason := r.lines[0].line.Reason
		var same []lineTold
		r.lines = slices.DeleteFunc(r.lines, func(t lineTold) bool {
			if t.line.Reason != reason {
				return false
			}
			same = append(same, t)
			return true
		})
		lines = append(lines, joined(reason, same))
	}
	return lines
}

// joined is the line of several programs' lines of one reason.
func joined(reason string, told []lineTold) string {
	var outcomes []string
	by := map[string][]string{}
	var took time.Duration
	for _, t := range told {
		if by[t.line.Outcome] == nil {
			outcomes = append(outcomes, t.line.Outcome)
		}
		if !slices.Contains(by[t.line.Outcome], t.name) {
			by[t.line.Outcome] = append(by[t.line.Outcome], t.name)
		}
		took = max(took, t.line.Took)
	}
	parts := make([]string, len(outcomes))
	for i, outcome := range outcomes {
		slices.Sort(by[outcome])
		parts[i] = strings.Join(by[outcome], ", ") + " " + outcome
	}
	return fmt.Sprintf("%s: %s in %v", reason, strings.Join(parts, ", "), took)
}
