package live

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/watch"
)

// Deps are what the loop uses of the rest of gorun. All functions are called from
// the loop's goroutine, except Load.
type Deps struct {
	// Load loads the graph; prev is the one before, or nil. It returns a graph
	// also with an error: one that notices what would mend it. It is called in
	// a goroutine of its own and must end soon when ctx does.
	Load func(ctx context.Context, prev Graph) (Graph, error)

	// Build begins a build for a change, nil for the first, and cancels the one
	// before. The result is compared with running, which may be nil.
	Build func(change *depgraph.Change, running *incremental.Executable) Build

	// Generate runs //go:generate directives again; nil where none ever is.
	Generate Generator

	// Start starts a version under the settings that it carries. The error is
	// ErrNoExecutable if its executable is not there any more.
	Start func(Version) (Program, error)

	// PortsLost is closed when the ports of programs are not kept any more, so that no two
	// versions can run at a time. Nil where they are kept to the end, or never were.
	PortsLost <-chan struct{}

	// Hook starts a hook; it returns nil where there is none of that name. Nil if
	// there is none at all. It does not wait.
	Hook func(name string, about About) Hook

	// Idle says that nothing is under way, and that running, which a program may
	// or may not be an instance of, was built from the files of the graph. The
	// next Build ends what is then done.
	Idle func(g Graph, running *incremental.Executable)

	// Alarms tells of a program that is not what it should be: what runs has to
	// be built again.
	Alarms <-chan incremental.Alarm

	// Files are the run files; nil if there are none.
	Files RunFiles

	// Reconfigure reads the settings again, under another profile if one is named;
	// nil where they cannot be changed. The Deps before it are not used again.
	Reconfigure func(profile string) (*Setup, error)

	Watch   watch.Watcher
	Signals <-chan os.Signal

	// Requests are what others ask for; nil if nobody can.
	Requests <-chan Request

	// Event tells listeners what has happened; nil if nobody listens. It must not
	// wait.
	Event func(event.Event)

	// State is told each state that follows another one; nil if nobody wants to know. It must
	// not wait.
	State func(State)

	// Reloaded is told what a reload line would say, instead of Say; nil if that says it. It
	// must not wait.
	Reloaded func(Reloaded)

	Say    func(format string, args ...any)                    // one line of news
	Fail   func(format string, args ...any)                    // one line of trouble
	Output func([]byte)                                        // another tool's words
	Debug  func(topic string) func(format string, args ...any) // GORUNDEBUG
}

// ErrNoExecutable says that a version cannot start because somebody has deleted its executable.
var ErrNoExecutable = errors.New("the executable is not there any more")

// A Graph is depgraph's, immutable.
type Graph interface {
	Classify(paths []string) (depgraph.Change, Graph) // nil paths: everything; the next graph knows what was seen
	ChangedSince(time.Time) []string                  // files that may have been written since then
	SavedSince(time.Time) []string                    // files of which that is certain
	WatchDirs() []string
}

// RunFiles are the files that the program needs at run time: *runfiles.Files.
type RunFiles interface {
	// Classify says what paths mean, nil for everything; settings says that gorun.toml is another one.
	Classify(paths []string) (change depgraph.Change, settings bool)
	Stale() bool // a program that starts now gets others than the last one got
	WatchDirs() []string
}

// A Build is a build in flight: *incremental.Build.
type Build interface {
	Started() time.Time
	Done() <-chan struct{}
	Result() incremental.Result
	Cancel()
}

// A Program is a running program: *exec.Program.
type Program interface {
	Pid() int
	Ready() <-chan struct{} // it can do its work; never closed if it ends before
	Missing() string        // what it has not done, if it is not ready

	// Obstructed is closed when it could not bind an address because another version has
	// the port; Obstacle says so in words.
	Obstructed() <-chan struct{}
	Obstacle() string

	Done() <-chan struct{}
	Outcome() exec.Outcome
	Left() []exec.Survivor  // of what it started and itself, what could not be killed; once Done is closed
	Gone() <-chan struct{}  // nothing is left
	Forward(syscall.Signal) // passes on a signal that gorun got, unless the program got it too
	Retire()                // begins to end it: its open requests, signal, grace, kill
	Hurry()                 // ends the grace of one that retires, if its requests are answered
	Kill()                  // ends it now
}

// A Step is work in flight between a save and its build: directives, or before-build.
type Step interface {
	Done() <-chan struct{}
	Result() StepResult // once Done is closed
	Cancel()            // ends it soon; does not wait
}

// A StepResult is how a step ended.
type StepResult struct {
	Err    error         // why no build may follow, in words for the user; context.Canceled after Cancel
	Output []byte        // other tools' words
	Events []event.Event // what to tell of it, in order
	How    string        // what the reload line says of it; "" if it has done nothing
}

// A Generator knows the //go:generate directives of the program and what they are
// made from: *generate.Generator. No method blocks.
type Generator interface {
	Follow(Graph)                            // the directives are those of this graph from now on
	Classify(paths []string) depgraph.Change // what paths (nil: all) mean to directives: Generate if one has to run
	WatchDirs() []string                     // where that shows
	Loaded() <-chan struct{}                 // WatchDirs says something else now, and everything is to be looked at

	// Start runs the directives that have to run, after an earlier run; nil if there is none.
	Start() Step

	// StartUnknown runs, with those that have to run, the directives of which nothing is known; nil
	// if there is none. It is for a first build that fails: what they write may not be there yet.
	StartUnknown() Step
}

// A Hook is a hook in flight: *hook.Run.
type Hook interface {
	Done() <-chan struct{}
	Err() error // once Done is closed: nil, context.Canceled after Cancel, or how it failed
	Status() int
	Cancel()
}
