// Package event is what gorun tells another program of its work: the types that
// -events writes, one JSON object a line, and that -tell answers with.
//
// Its invariants: within a stream, times never go back, and the elapsed times of
// the events of one reload follow on each other without a gap. So those up to the
// event that the reload line is about add up to the time that the line names.
//
// The principal types are Event, Stream and Status. What happens when is live's;
// how a status is asked for is tell's.
//
//	event.go     an event, and the kinds
//	compiler.go  what the go command said of a failed build, as errors at places in files
//	open.go      the value of -events, and the stream that it asks for; cloexec_*.go: its descriptor
//	             is not the program's
//	stream.go    writing without waiting for a reader
//	bell.go      what -bell rings for; listeners.go: who hears of events
//	status.go    what a gorun is doing
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
	Failed    Kind = "failed"    // a build, a directive, a hook or a start has failed; a program that runs goes on
	Swapped   Kind = "swapped"   // a version of the program was started: the first one, or one in the place of another
	Restarted Kind = "restarted" // the program was started again without a build
	Ready     Kind = "ready"     // the program can do its work
	Exited    Kind = "exited"    // the program has ended
)

// Kinds are all of them, in the order of the README's table.
var Kinds = []Kind{Change, Generate, Hook, Build, Failed, Swapped, Restarted, Ready, Exited}

// An Event is one line of the stream. Fields that do not apply are left out.
//
// (1) Ready and exited belong to the reload that started their program. (2) Or, of the
// first event, since what began the reload was noticed.
type Event struct {
	Time    time.Time `json:"time"`             // when it was over, RFC 3339 with nanoseconds
	Kind    Kind      `json:"event"`            //
	Reload  int       `json:"reload"`           // the reload it belongs to: 0 is the first start (1)
	Elapsed float64   `json:"elapsed"`          // seconds since the reload's event before (2)
	Reason  string    `json:"reason,omitempty"` // why it happened, in the words of the reload line

	Paths   []string `json:"paths,omitempty"`   // change: absolute paths
	Name    string   `json:"name,omitempty"`    // hook: its name; generate: the directive's words
	Took    float64  `json:"took,omitempty"`    // hook, generate: seconds that it ran, also beside other things
	Program string   `json:"program,omitempty"` // with -programs: which of them
	Profile string   `json:"profile,omitempty"` // the profile in use
	How     string   `json:"how,omitempty"`     // build, swapped: which way was taken
	Same    bool     `json:"same,omitempty"`    // build: it is the program that runs, which goes on
	Pid     int      `json:"pid,omitempty"`     // swapped, restarted, ready, exited: the program's process ID
	Asked   bool     `json:"asked,omitempty"`   // exited: gorun has told it to end
	Status  *int     `json:"status,omitempty"`  // exited: 128+n for a signal; hook, generate, failed: the command's
	Errors  []Error  `json:"errors,omitempty"`  // failed: what the compiler said
	Output  string   `json:"output,omitempty"`  // failed: what was said that is no compiler error
}

// An Error is one of the compiler's.
type Error struct {
	File    string `json:"file"` // absolute
	Line    int    `json:"line"`
	Column  int    `json:"column,omitempty"` // in bytes, from 1; 0 if the compiler names none
	Message string `json:"message"`          // further lines of it after a newline
}
