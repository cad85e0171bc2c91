package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

func (r report) toolTable() table {
	t := table{title: "Tools", left: true}
	t.add("tool", "version", "configuration")
	for _, x := range r.Tools {
		config := x.Config
		if x.Absent != "" {
			config = "left out: " + x.Absent
		}
		_, version, _ := strings.Cut(x.Module, "@")
		t.add(x.Title, version, config)
	}
	return t
}

func (r report) programTable() table {
	t := table{title: "Programs"}
	t.add("program", "packages of its own", "packages in all", "importers of the edited one", "executable",
		"first build")
	for _, p := range r.Programs {
		t.add(p.Name, fmt.Sprint(p.Module), fmt.Sprint(p.All), fmt.Sprint(p.Importers), mib(p.Size),
			secs(p.FirstMake)+" s")
	}
	return t
}

// bound is the tool that ratios refer to.
const bound = "go-build"

// reloadTable has the seconds from a save to the first instruction.
func (r report) reloadTable(p result.Program, ratios bool) (table, bool) {
	var t table
	if ratios {
		t.title = "Reload, " + p.Name + ": seconds from the save to the first instruction of the new process " +
			"(medians; in brackets, times `go build` by hand)"
	}
	cols := slices.DeleteFunc(slices.Clone(result.Saves), func(e result.Save) bool {
		return !slices.ContainsFunc(r.Reloads, func(x *result.Reload) bool {
			return x.Program == p.Name && x.Save == e.Name
		})
	})
	if len(cols) == 0 {
		return t, false
	}
	header := []string{"tool"}
	for _, c := range cols {
		header = append(header, c.Title)
	}
	t.add(header...)
	for _, tool := range r.Present() {
		row, any := []string{tool.Title}, false
		for _, c := range cols {
			cell := r.cell(p.Name, tool.Name, c.Name, ratios)
			any = any || cell != none
			row = append(row, cell)
		}
		if any {
			t.add(row...)
		}
	}
	return t, true
}

func (r report) cell(program, tool, save string, ratios bool) string {
	s := r.Seconds(program, tool, save)
	cell := secs(s)
	if other, ok := r.Reload(program, tool, save).Mostly(); ok {
		return other
	}
	// The first save has no equal by hand: the body edit is one.
	if save == result.First.Name {
		save = result.Body.Name
	}
	if by := r.Seconds(program, bound, save); ratios && !math.IsNaN(s) && !math.IsNaN(by) {
		cell += fmt.Sprintf(" (%.2f)", s/by)
	}
	return cell
}

// invisible reports whether a save changes nothing in the executable.
func invisible(save string) bool {
	return slices.ContainsFunc(result.Saves, func(s result.Save) bool { return s.Name == save && s.Invisible })
}

// service is what the program's clients notice of a tool.
func (r report) service(program, tool string) (refused, longest float64, fate string, mended float64) {
	var down, wait []float64
	for _, x := range r.Reloads {
		if x.Program == program && x.Tool == tool && !invisible(x.Save) {
			down = append(down, x.Refused...)
			wait = append(wait, x.Longest...)
		}
	}
	fate, mended = none, math.NaN()
	for _, b := range r.Broken {
		if b.Program == program && b.Tool == tool {
			fate, mended = fates[b.Fate], b.Mended
			if mended == 0 {
				mended = math.NaN()
			}
		}
	}
	return result.Median(down), result.Quantile(wait, 1), fate, mended
}

var fates = map[string]string{
	"runs on":   "runs on",
	"down":      "is down",
	"restarted": "old version restarted",
}

func (r report) serviceTable(p result.Program) table {
	t := table{title: "Service, " + p.Name + ": what a client with a new connection every few milliseconds notices " +
		"(seconds a reload), and what a broken build does"}
	t.add("tool", "refused", "longest wait for an answer", "broken build: the program", "from mended to running")
	for _, tool := range r.Present() {
		refused, longest, fate, mended := r.service(p.Name, tool.Name)
		if math.IsNaN(refused) && fate == none {
			continue
		}
		t.add(tool.Title, secs(refused), secs(longest), fate, secs(mended))
	}
	t.dropEmpty()
	return t
}

// dayTable has the moments of a working day, in their order. Two of them have the names of two that were
// before; they come after the second start.
func (r report) dayTable(p result.Program) (table, bool) {
	t := table{title: fmt.Sprintf("A working day, %s: seconds to the first instruction of the new process (medians of %d)",
		p.Name, r.DayCount)}
	header := []string{"tool"}
	for _, at := range result.Day {
		header = append(header, at.Title)
	}
	t.add(header...)
	for _, tool := range r.Present() {
		row, any := []string{tool.Title}, false
		for _, at := range result.Day {
			cell := none
			for _, x := range r.Days {
				if x.Program == p.Name && x.Tool == tool.Name && x.Save == at.Name {
					cell = secs(result.Median(x.Seconds))
					if other, ok := x.Mostly(); ok {
						cell = other
					}
				}
			}
			any = any || cell != none
			row = append(row, cell)
		}
		if any {
			t.add(row...)
		}
	}
	return t, len(t.rows) > 1
}

func (r report) startTable() table {
	t := table{title: "Start: seconds to the first instruction when nothing has changed (medians)"}
	var names []string
	for _, s := range r.Starts {
		if !slices.Contains(names, s.Tool) {
			names = append(names, s.Tool)
		}
	}
	t.add(append([]string{"program"}, names...)...)
	for _, p := range r.Programs {
		row := []string{p.Name}
		for _, name := range names {
			cell := none
			for _, s := range r.Starts {
				if s.Program == p.Name && s.Tool == name {
					cell = secs(result.Median(s.Seconds))
				}
			}
			row = append(row, cell)
		}
		t.add(row...)
	}
	return t
}

func (r report) noticingTable() table {
	t := table{title: "Noticing: from before a touch or save to gorun's batch, in ms; and for quiet windows, " +
		"how many results would be used and how long after the save"}
	header := []string{"backend", "what", "rate", "noticed", "batches", "median", "99 %", "CPU ms"}
	for _, w := range r.Noticing[0].Windows {
		quiet := time.Duration(w.Quiet * float64(time.Second)).Round(time.Millisecond)
		header = append(header, fmt.Sprintf("used, %v", quiet), fmt.Sprintf("after, %v", quiet))
	}
	t.add(header...)
	for _, n := range r.Noticing {
		row := []string{n.Backend, n.Kind, result.RateName(n.Rate), fmt.Sprintf("%d of %d", n.Noticed, n.Saves),
			fmt.Sprint(n.Batches), ms(n.Median), ms(n.P99), ms(n.CPU)}
		for _, w := range n.Windows {
			row = append(row, fmt.Sprint(w.Used), ms(w.Median))
		}
		t.add(row...)
	}
	return t
}

func ms(s float64) string {
	if math.IsNaN(s) {
		return none
	}
	if s < 0.0995 {
		return fmt.Sprintf("%.1f", s*1000)
	}
	return fmt.Sprintf("%.0f", s*1000)
}

func (r report) idleTable() table {
	t := table{title: fmt.Sprintf("Idle: %s beside %d unrelated files, without the program itself",
		r.Idle[0].Program, result.Unrelated)}
	t.add("tool", fmt.Sprintf("CPU ms in %.0f s", r.Idle[0].Seconds), "resident memory", "processes", "watches")
	for _, x := range r.Idle {
		t.add(r.title(x.Tool), ms(x.CPU), memory(x), fmt.Sprint(x.Processes), fmt.Sprint(x.Watches))
	}
	return t
}

// memory says how much an idle tool takes, and apart from that what a link takes that waits for the next save.
func memory(x result.Idle) string {
	if x.WaitRSS == 0 {
		return mib(x.RSS)
	}
	return mib(x.RSS-x.WaitRSS) + " + link " + mib(x.WaitRSS)
}

func (r report) title(tool string) string {
	for _, t := range r.Tools {
		if t.Name == tool {
			return t.Title
		}
	}
	return tool
}
