// Package result holds what the bench has measured: every single measurement, in
// the form that -json writes, and what is asked of them (medians, the largest
// program). It measures nothing and prints nothing.
//
//	result.go   Results: one run, its machine, its tools and programs; JSON
//	reload.go   what saves cost, and what a broken build does
//	other.go    starts, noticing, idle tools
//	save.go     the kinds of save, which are the columns of the tables
//	stats.go    medians and quantiles
package result

import (
	"encoding/json"
	"os"
	"time"
)

// Results are all that a run has found.
type Results struct {
	Date     time.Time  `json:"date"`
	Took     float64    `json:"took_seconds"`
	Machine  Machine    `json:"machine"`
	Command  string     `json:"command"`
	Rounds   int        `json:"rounds"`
	Tools    []Tool     `json:"tools"`
	Programs []Program  `json:"programs"`
	Reloads  []*Reload  `json:"reloads,omitempty"`
	Broken   []Broken   `json:"broken,omitempty"`
	Days     []*Reload  `json:"days,omitempty"` // the moments of working days; Save is that of one in Day
	DayCount int        `json:"day_count,omitempty"`
	Starts   []Start    `json:"starts,omitempty"`
	Noticing []Noticing `json:"noticing,omitempty"`
	Idle     []Idle     `json:"idle,omitempty"`
	Failures []string   `json:"failures,omitempty"` // tools that failed in the middle of a turn
}

// A Machine is where it was measured.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	OS     string `json:"os"`
}

// A Tool is a tool as it was used.
type Tool struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Module string `json:"module,omitempty"`
	Config string `json:"config"`
	Absent string `json:"absent,omitempty"` // why it was left out
}

// A Program describes a program that was measured.
type Program struct {
	Name      string  `json:"name"`
	Module    int     `json:"module_packages"`    // packages of the module in the build
	All       int     `json:"packages"`           // all packages in the build
	Importers int     `json:"importers"`          // direct importers of the edited package
	Edited    string  `json:"edited_package"`     // its import path
	FirstMake float64 `json:"first_build"`        // seconds of the first build, with an empty cache but for std
	Size      int64   `json:"executable_bytes"`   // as `go build` makes it
	NoFloor   string  `json:"no_floor,omitempty"` // why it has none
}

// WriteJSON writes everything to a file.
func (r *Results) WriteJSON(name string) error {
	data, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o666)
}

// ReadJSON reads what WriteJSON has written.
func ReadJSON(name string) (*Results, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r := new(Results)
	return r, json.Unmarshal(data, r)
}

// Largest is the largest program of which a reload was measured: the one that the
// README's table and picture show.
func (r *Results) Largest() (Program, bool) {
	var best Program
	found := false
	for _, p := range r.Programs {
		for _, x := range r.Reloads {
			if x.Program == p.Name && (!found || p.Module > best.Module) {
				best, found = p, true
			}
		}
	}
	return best, found
}

// Present returns the tools that were measured.
func (r *Results) Present() []Tool {
	var list []Tool
	for _, t := range r.Tools {
		if t.Absent == "" {
			list = append(list, t)
		}
	}
	return list
}
