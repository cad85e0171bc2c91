package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// head says where and with what it was measured.
func (r *Results) head() string {
	return fmt.Sprintf("%s, %d cores of %s, %s, %s, %d rounds",
		r.Date.Format(time.DateOnly), r.Machine.Cores, or(r.Machine.CPU, r.Machine.OS), or(r.Machine.Kernel, r.Machine.OS), r.Machine.Go, r.Rounds)
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// tables returns everything there is.
func (r *Results) tables() []table {
	var list []table
	list = append(list, r.toolTable(), r.programTable())
	for _, p := range r.Programs {
		if t, ok := r.reloadTable(p, true); ok {
			list = append(list, t)
			if t := r.serviceTable(p); len(t.rows) > 1 {
				list = append(list, t)
			}
		}
	}
	if len(r.Starts) > 0 {
		list = append(list, r.startTable())
	}
	if len(r.Noticing) > 0 {
		list = append(list, r.noticingTable())
	}
	if len(r.Idle) > 0 {
		list = append(list, r.idleTable())
	}
	return list
}

func (r *Results) toolTable() table {
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

func (r *Results) programTable() table {
	t := table{title: "Programs"}
	t.add("program", "packages of its own", "packages in all", "importers of the edited one", "executable", "first build")
	for _, p := range r.Programs {
		t.add(p.Name, fmt.Sprint(p.Module), fmt.Sprint(p.All), fmt.Sprint(p.Importers), mib(p.Size), secs(p.FirstMake)+" s")
	}
	return t
}

// bound is the tool that ratios refer to.
const bound = "go-build"

// reloadTable has the seconds from a save to the first instruction.
func (r *Results) reloadTable(p ProgramInfo, ratios bool) (table, bool) {
	t := table{title: fmt.Sprintf("Reload, %s: seconds from the save to the first instruction of the new process (medians; in brackets, times `go build` by hand)", p.Name)}
	if !ratios {
		t.title = ""
	}
	cols := slices.DeleteFunc(columns(), func(e edit) bool {
		return !slices.ContainsFunc(r.Reloads, func(x *Reload) bool { return x.Program == p.Name && x.Edit == e.name })
	})
	if len(cols) == 0 {
		return t, false
	}
	header := []string{"tool"}
	for _, c := range cols {
		header = append(header, c.title)
	}
	t.add(header...)
	for _, tool := range r.present() {
		row, any := []string{tool.Title}, false
		for _, c := range cols {
			cell := r.cell(p.Name, tool.Name, c.name, ratios)
			any = any || cell != "–"
			row = append(row, cell)
		}
		if any {
			t.add(row...)
		}
	}
	return t, true
}

func (r *Results) cell(program, tool, e string, ratios bool) string {
	x := r.reload(program, tool, e)
	if x != nil && len(x.Other) > 0 && len(x.Other) >= len(x.Seconds) {
		return x.Other[0]
	}
	s := r.seconds(program, tool, e)
	cell := secs(s)
	// The first save has no equal by hand: the body edit is one.
	if e == firstSave {
		e = "body"
	}
	if by := r.seconds(program, bound, e); ratios && !math.IsNaN(s) && !math.IsNaN(by) {
		cell += fmt.Sprintf(" (%.2f)", s/by)
	}
	return cell
}

// service is what the program's clients notice of a tool.
func (r *Results) service(program, tool string) (refused, longest float64, fate string, mended float64) {
	var down, wait []float64
	for _, x := range r.Reloads {
		if x.Program == program && x.Tool == tool && !editNamed(x.Edit).invisible {
			down = append(down, x.Refused...)
			wait = append(wait, x.Longest...)
		}
	}
	fate, mended = "–", math.NaN()
	for _, b := range r.Broken {
		if b.Program == program && b.Tool == tool {
			fate, mended = fates[b.Fate], b.Mended
			if mended == 0 {
				mended = math.NaN()
			}
		}
	}
	return median(down), quantile(wait, 1), fate, mended
}

var fates = map[string]string{
	"runs on":   "runs on",
	"down":      "is down",
	"restarted": "old version restarted",
}

func (r *Results) serviceTable(p ProgramInfo) table {
	t := table{title: "Service, " + p.Name + ": what a client with a new connection every few milliseconds notices (seconds a reload), and what a broken build does"}
	t.add("tool", "refused", "longest wait for an answer", "broken build: the program", "from mended to running")
	for _, tool := range r.present() {
		refused, longest, fate, mended := r.service(p.Name, tool.Name)
		if math.IsNaN(refused) && fate == "–" {
			continue
		}
		t.add(tool.Title, secs(refused), secs(longest), fate, secs(mended))
	}
	t.dropEmpty()
	return t
}

func (r *Results) startTable() table {
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
			cell := "–"
			for _, s := range r.Starts {
				if s.Program == p.Name && s.Tool == name {
					cell = secs(median(s.Seconds))
				}
			}
			row = append(row, cell)
		}
		t.add(row...)
	}
	return t
}

func (r *Results) noticingTable() table {
	t := table{title: "Noticing: from before a touch or save to gorun's batch, in ms; and for windows of quiet, how many results would be used and how long after the save"}
	header := []string{"backend", "what", "rate", "noticed", "batches", "median", "99 %", "CPU ms"}
	for _, w := range windows {
		header = append(header, fmt.Sprintf("used, %v", w), fmt.Sprintf("after, %v", w))
	}
	t.add(header...)
	for _, n := range r.Noticing {
		row := []string{n.Backend, n.Kind, rateName(n.Rate), fmt.Sprintf("%d of %d", n.Noticed, n.Saves), fmt.Sprint(n.Batches), ms(n.Median), ms(n.P99), ms(n.CPU)}
		for _, w := range n.Windows {
			row = append(row, fmt.Sprint(w.Used), ms(w.Median))
		}
		t.add(row...)
	}
	return t
}

func ms(s float64) string {
	if math.IsNaN(s) {
		return "–"
	}
	if s < 0.0995 {
		return fmt.Sprintf("%.1f", s*1000)
	}
	return fmt.Sprintf("%.0f", s*1000)
}

func (r *Results) idleTable() table {
	t := table{title: fmt.Sprintf("Idle: %s beside %d unrelated files, without the program itself", r.Idle[0].Program, unrelated)}
	t.add("tool", fmt.Sprintf("CPU ms in %.0f s", r.Idle[0].Seconds), "resident memory", "processes", "watches")
	for _, x := range r.Idle {
		t.add(r.title(x.Tool), ms(x.CPU), mib(x.RSS), fmt.Sprint(x.Processes), fmt.Sprint(x.Watches))
	}
	return t
}

func (r *Results) title(tool string) string {
	for _, t := range r.Tools {
		if t.Name == tool {
			return t.Title
		}
	}
	return tool
}

// behind lists where a tool that can be used was faster than gorun, or lighter.
func (r *Results) behind() []string {
	var list []string
	for _, p := range r.Programs {
		for _, c := range columns() {
			mine := r.seconds(p.Name, "gorun", c.name)
			best, by := math.Inf(1), ""
			for _, t := range r.present() {
				e := c.name
				if s := r.seconds(p.Name, t.Name, e); t.Name != "gorun" && t.Name != "floor" && s < best {
					best, by = s, t.Title
				}
			}
			if best < mine {
				list = append(list, fmt.Sprintf("%s, %s: %s %s s, gorun %s s", p.Name, c.title, by, secs(best), secs(mine)))
			}
		}
	}
	var mine *Idle
	var idle []Idle // of the tools that watch
	for i, x := range r.Idle {
		if x.Tool == "gorun" {
			mine = &r.Idle[i]
		}
		if x.Tool != "go-run" {
			idle = append(idle, x)
		}
	}
	if mine == nil {
		return list
	}
	for _, c := range []struct {
		what  string
		value func(Idle) float64
		show  func(Idle) string
	}{
		{"CPU while idle", func(i Idle) float64 { return i.CPU }, func(i Idle) string { return ms(i.CPU) + " ms" }},
		{"resident memory", func(i Idle) float64 { return float64(i.RSS) }, func(i Idle) string { return mib(i.RSS) }},
	} {
		best := slices.MinFunc(idle, func(a, b Idle) int {
			if d := c.value(a) - c.value(b); d != 0 {
				return int(math.Copysign(1, d))
			}
			return 0
		})
		if best.Tool != "gorun" && c.value(best) < c.value(*mine) {
			list = append(list, fmt.Sprintf("%s: %s %s, gorun %s", c.what, r.title(best.Tool), c.show(best), c.show(*mine)))
		}
	}
	return list
}
