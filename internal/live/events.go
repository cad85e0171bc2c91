package live

import (
	"os"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
)

// A machineEvent is something that has happened, one of the types below, together
// with the facts that the machine needs to know of it: it looks nothing up itself.
type machineEvent any

type (
	begun struct{} // gorun

	// The files.
	noticed struct {
		runFiles depgraph.Change // of run files
		settings bool            // gorun.toml is another one
		change   depgraph.Change // of the program's files
		inputs   depgraph.Change // of what directives are made from
		graph    Graph           // that knows of this
	}
	quietOver   struct{} // the quiet window
	watcherGone struct{}
	loaded      struct { // the graph
		graph Graph
		err   error
	}
	inputsLoaded struct{} // it is known what directives are made from
	alarmed      struct{ alarm incremental.Alarm }

	// The pipeline.
	stepEnded struct {
		result  StepResult
		written depgraph.Change // by it
		graph   Graph           // that knows of this; nil if there is none yet
	}
	buildDone struct{}

	// Programs.
	programReady struct{ id int }
	programEnded struct {
		id      int
		outcome exec.Outcome
		left    string // what of it could not be killed, in words; "" if that is nothing
	}
	programGone       struct{ id int } // nothing is left of it
	programObstructed struct {
		id   int
		what string // it could not bind, in words
	}
	portsLost   struct{}                 // the ports of programs are not kept any more
	notReady    struct{ missing string } // in time; what the program has not done
	backoffOver struct{}
	graceOver   struct{}
	hookEnded   struct {
		id     int
		err    error
		status int
	}

	// People.
	signalled struct{ signal os.Signal }
	requested struct{ request Request }

	// Answers to effects.
	inspected struct {
		directives depgraph.Change // that have to run
		against    Graph           // that was asked about
		change     depgraph.Change // what differs from it
		graph      Graph           // against, which knows of this
		afterStep  bool
	}
	sinceInspected  struct{ facts buildFacts }
	runFilesChecked struct{ stale bool }
	settingsRead    struct {
		settings   *Settings
		directives bool // there are some
		reason     string
		request    *pending // nil if nobody has asked for it
		err        error    // why they stay as they were
		fixed      bool     // they cannot be changed at all
	}
	stepBegun struct {
		stage    stage
		none     bool            // there is nothing to do
		outdated depgraph.Change // directives that have to run after before-build
	}
	buildBegun  struct{ started time.Time }
	buildResult struct {
		result  incremental.Result
		started time.Time
		facts   buildFacts
	}
	startAnswered struct {
		id, pid int
		err     error // ErrNoExecutable where somebody has deleted the version's executable
	}
	hookMissing struct{ id int }

	rested  struct{} // nothing else has happened and no effect is to be done
	closing struct{} // gorun has to end: nothing may be left behind
	closed  struct{} // nothing is left
)

// buildFacts are what has happened to the inputs of a build since it began.
type buildFacts struct {
	graph    bool            // there was one to tell by
	outdated depgraph.Change // directives that have to run
	doubtful []string        // files that may have been written
	change   depgraph.Change // what they mean
	next     Graph           // that knows of this
	saved    depgraph.Change // files of which it is certain
}
