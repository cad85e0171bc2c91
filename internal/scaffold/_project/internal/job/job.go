// Package job is what the programs have in common: cmd/api takes jobs from
// visitors, cmd/worker does them, and a Store holds them in between.
package job

import "time"

// A Job is a text whose words are to be counted.
type Job struct {
	ID      string    `json:"id"`
	Text    string    `json:"text"`
	State   State     `json:"state"`
	Result  string    `json:"result,omitempty"`
	Created time.Time `json:"created"`
}

//go:generate go run ./gen -type State -o state_string.go job.go

// A State says how far a job is. Its words, in state_string.go, are generated.
type State int

const (
	Queued State = iota
	Done
	Failed
)
