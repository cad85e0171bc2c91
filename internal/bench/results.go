package main

import (
	"encoding/json"
	"math"
	"os"
	"time"
)

// Results are all that a run has found, with every single measurement.
type Results struct {
	Date     time.Time     `json:"date"`
	Took     float64       `json:"took_seconds"`
	Machine  Machine       `json:"machine"`
	Command  string        `json:"command"`
	Rounds   int           `json:"rounds"`
	Tools    []ToolInfo    `json:"tools"`
	Programs []ProgramInfo `json:"programs"`
	Reloads  []*Reload     `json:"reloads,omitempty"`
	Broken   []Broken      `json:"broken,omitempty"`
	Starts   []Start       `json:"starts,omitempty"`
	Noticing []Noticing    `json:"noticing,omitempty"`
	Idle     []Idle        `json:"idle,omitempty"`
	Failures []string      `json:"failures,omitempty"` // tools that failed in the middle of a turn
}

// A Machine is where that was.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	OS     string `json:"os"`
}

// A ToolInfo is a tool as it was used.
type ToolInfo struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Module string `json:"module,omitempty"`
	Config string `json:"config"`
	Absent string `json:"absent,omitempty"` // why it was left out
}

func (r *Results) writeJSON(name string) error {
	data, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(data, '\n'), 0o666)
}

func readJSON(name string) (*Results, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r := new(Results)
	return r, json.Unmarshal(data, r)
}

// reload returns what was measured of one cell of the table, or nil.
func (r *Results) reload(program, tool, edit string) *Reload {
	for _, x := range r.Reloads {
		if x.Program == program && x.Tool == tool && x.Edit == edit {
			return x
		}
	}
	return nil
}

// seconds returns a cell's median, NaN where there is none.
func (r *Results) seconds(program, tool, edit string) float64 {
	x := r.reload(program, tool, edit)
	if x == nil || len(x.Other) >= len(x.Seconds) && len(x.Other) > 0 {
		return math.NaN()
	}
	return median(x.Seconds)
}

// columns are the saves of the reload tables.
func columns() []edit {
	return append([]edit{{name: firstSave, title: "first save"}}, edits...)
}

// largest is the program that the README's table and picture show.
func (r *Results) largest() (ProgramInfo, bool) {
	var best ProgramInfo
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

// present returns the tools that were measured.
func (r *Results) present() []ToolInfo {
	var list []ToolInfo
	for _, t := range r.Tools {
		if t.Absent == "" {
			list = append(list, t)
		}
	}
	return list
}
