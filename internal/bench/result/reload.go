package result

import "math"

// A Reload is what one kind of save cost one tool on one program.
type Reload struct {
	Program string `json:"program"`
	Tool    string `json:"tool"`
	Save    string `json:"edit"` // name of a Save
	// Seconds from the save to the first instruction of the process that has
	// it, one for each time there was such a process.
	Seconds []float64 `json:"seconds,omitempty"`
	// Other says what happened where there was none: "no restart", "not noticed".
	Other []string `json:"other,omitempty"`
	// Refused are the seconds in which a client got no connection or no answer,
	// Longest those that an answer which came let it wait at the most.
	Refused []float64 `json:"refused,omitempty"`
	Longest []float64 `json:"longest,omitempty"`
}

// Mostly returns what happened where in at least half of the cases there was no such process.
func (x *Reload) Mostly() (other string, ok bool) {
	if x == nil || len(x.Other) == 0 || len(x.Other) < len(x.Seconds) {
		return "", false
	}
	return x.Other[0], true
}

// A Broken is what a build that fails does to the program.
type Broken struct {
	Program string `json:"program"`
	Tool    string `json:"tool"`
	// Fate of the program: "runs on", "down", "restarted" (the old version again).
	Fate string `json:"fate"`
	// Mended is the time from the save that mends it to the first instruction,
	// in seconds.
	Mended float64 `json:"mended,omitempty"`
}

// Reload returns what was measured of one cell of the table, or nil.
func (r *Results) Reload(program, tool, save string) *Reload {
	for _, x := range r.Reloads {
		if x.Program == program && x.Tool == tool && x.Save == save {
			return x
		}
	}
	return nil
}

// Seconds returns a cell's median. It is NaN where there is none: nothing was
// measured, or no new process came in at least half of the cases.
func (r *Results) Seconds(program, tool, save string) float64 {
	x := r.Reload(program, tool, save)
	if _, other := x.Mostly(); other || x == nil {
		return math.NaN()
	}
	return Median(x.Seconds)
}
