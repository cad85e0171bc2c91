package event

import "time"

// A Status is what a gorun is doing: what -tell status prints.
type Status struct {
	Name    string    `json:"name,omitempty"`    // of one of several programs
	Version string    `json:"version"`           // gorun's
	Pid     int       `json:"pid"`               // gorun's process ID
	Since   time.Time `json:"since"`             // when it was started
	Dir     string    `json:"dir"`               // the directory that it builds in
	Package []string  `json:"package"`           // what it runs, as on its command line
	State   string    `json:"state"`             // loading, running, building, swapping, waiting, holding
	Profile string    `json:"profile,omitempty"` // in use

	Program *Process `json:"program,omitempty"` // left out if none runs
	Reload  *Reload  `json:"reload,omitempty"`  // the last one; left out before the first
	Watched []string `json:"watched"`           // directories

	Programs []*Status `json:"programs,omitempty"` // with -programs: of each; Program and Reload are left out then
}

// A Process is a program that runs.
type Process struct {
	Pid   int       `json:"pid"`
	Since time.Time `json:"since"`
	Ready bool      `json:"ready"`
	Ports []string  `json:"ports,omitempty"` // that it, or what it started, listens on: host:port
}

// A Reload is how the last reload ended, or how far it is.
type Reload struct {
	Number  int       `json:"number"`
	Time    time.Time `json:"time"`             // of its last event
	Event   Kind      `json:"event"`            // the last one; ready and exited do not count
	Elapsed float64   `json:"elapsed"`          // seconds since what began it was noticed, up to Time
	Reason  string    `json:"reason,omitempty"` // in the words of the reload line
	How     string    `json:"how,omitempty"`
	Errors  []Error   `json:"errors,omitempty"` // what the compiler said, if it failed
}
