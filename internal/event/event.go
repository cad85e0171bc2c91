// Package event is what gorun tells another program of its work: the types that
// -events writes, one JSON object a line, and that -tell answers with.
//
// Its invariant: within a stream, times never go back, and the elapsed times of
// the events of one reload follow on each other without a gap, so that they add up
// to the time that the reload line names.
//
// The principal type is Event. What happens when is live's; where events are
// written to is the business of the rest of this package.
package event

import "time"

// A Kind is what an event tells of.
type Kind string

// The kinds.
const (
	Change    Kind = "change"    // files were saved that gorun acts on
	Generate  Kind = "generate"  // a //go:generate directive has run
	Hook      Kind = "hook"      // a hook has run
	Build     Kind = "build"     // a build has ended well
	Failed    Kind = "failed"    // a build, a directive, a hook or a start has failed; the program, if there is one, runs on
	Swapped   Kind = "swapped"   // a new version of the program was started in the place of the old one
	Restarted Kind = "restarted" // the program was started again without a build
	Ready     Kind = "ready"     // the program can do its work
	Exited    Kind = "exited"    // the program has ended
)

// An Event is one line of the stream. Fields that do not apply are left out.
type Event struct {
	Time    time.Time `json:"time"`             // when it was over, RFC 3339 with nanoseconds
	Kind    Kind      `json:"event"`            //
	Reload  int       `json:"reload"`           // which reload it belongs to: 0 is the first start
	Elapsed float64   `json:"elapsed"`          // seconds that it took
	Reason  string    `json:"reason,omitempty"` // why it happened, in the words of the reload line

	Paths   []string `json:"paths,omitempty"`   // change: absolute paths
	Name    string   `json:"name,omitempty"`    // hook: its name; generate: the directive's words
	Profile string   `json:"profile,omitempty"` // the profile in use
	How     string   `json:"how,omitempty"`     // build, swapped: which way was taken
	Pid     int      `json:"pid,omitempty"`     // swapped, restarted, ready, exited: the program's process ID
	Status  *int     `json:"status,omitempty"`  // exited: the exit status, 128+n for a signal; hook, generate, failed: the command's
	Errors  []Error  `json:"errors,omitempty"`  // failed: what the compiler said
	Output  string   `json:"output,omitempty"`  // failed: what was said that is no compiler error
}

// An Error is one of the compiler's.
type Error struct {
	File    string `json:"file"` // absolute
	Line    int    `json:"line"`
	Column  int    `json:"column,omitempty"` // in bytes, from 1; 0 if the compiler names none
	Message string `json:"message"`
}
