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
	open  []openReload
	lines []lineTold
}

// An openReload is that of a program which may still have a line to say.
type openReload struct {
	name    string
	started bool // a process was started in it
	rests   bool // nothing is under way, but the line waits until the process is ready
}

// begin notes that a program acts on a save.
func (r *reloadLines) begin(name string) {
	r.ended(name)
	r.open = append(r.open, openReload{name: name})
}

// started notes that a process of a program was started.
func (r *reloadLines) started(name string) {
	if o := r.find(name); o != nil {
		o.started = true
	}
}

// rests notes that nothing is under way for a program, which runs.
func (r *reloadLines) rests(name string) {
	o := r.find(name)
	if o == nil {
		return
	}
	told := slices.ContainsFunc(r.lines, func(t lineTold) bool { return t.name == name })
	if o.rests = o.started && !told; !o.rests {
		r.ended(name)
	}
}

// ended notes that a program has no line to say any more.
func (r *reloadLines) ended(name string) {
	r.open = slices.DeleteFunc(r.open, func(o openReload) bool { return o.name == name })
}

// add notes a program's own line.
func (r *reloadLines) add(name string, line live.Reloaded) {
	r.lines = append(r.lines, lineTold{name, line})
	if o := r.find(name); o != nil && o.rests {
		r.ended(name)
	}
}

func (r *reloadLines) find(name string) *openReload {
	i := slices.IndexFunc(r.open, func(o openReload) bool { return o.name == name })
	if i < 0 {
		return nil
	}
	return &r.open[i]
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
