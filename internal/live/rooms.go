package live

import (
	"context"
	"os"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/watch"
)

// Rooms are the other rooms, as the loop sees them. All are called from the
// loop's goroutine, but for Load.
type Rooms struct {
	// Load loads the graph; prev is the one before, or nil. It returns a graph
	// also with an error: one that notices what would mend it. It is called in
	// a goroutine of its own and must end soon when ctx does.
	Load func(ctx context.Context, prev Graph) (Graph, error)

	// Build begins a build for a change, nil for the first, and cancels the one
	// before. The result is compared with running, which may be nil.
	Build func(change *depgraph.Change, running *incremental.Executable) Build

	// Generate runs //go:generate directives again; nil where none ever is.
	Generate Generator

	// Start starts the program.
	Start func(*incremental.Executable) (Program, error)

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

	// Files are those beside the build; nil if there are none.
	Files Files

	// Reconfigure reads the settings again, under another profile if one is named;
	// nil where they cannot be changed. The rooms before it are not used again.
	Reconfigure func(profile string) (*Setup, error)

	Watch   watch.Watcher
	Signals <-chan os.Signal

	// Requests are what others ask for; nil if nobody can.
	Requests <-chan Request

	// Event tells listeners what has happened; nil if nobody listens. It must not
	// wait.
	Event func(event.Event)

	Say    func(format string, args ...any)                    // one line of news
	Fail   func(format string, args ...any)                    // one line of trouble
	Output func([]byte)                                        // another tool's words
	Debug  func(topic string) func(format string, args ...any) // GORUNDEBUG
}

// A Graph is depgraph's, immutable.
type Graph interface {
	Classify(paths []string) (depgraph.Change, Graph) // nil paths: everything; the next graph knows what was seen
	ChangedSince(time.Time) []string                  // files that may have been written since then
	SavedSince(time.Time) []string                    // files of which that is certain
	WatchDirs() []string
}

// Files are files that matter beside the build: *beside.Files.
type Files interface {
	Look(paths []string) (change depgraph.Change, settings bool) // nil paths: everything; settings: gorun.toml is another one
	Stale() bool                                                 // a program that starts now gets others than the last one got
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
	Done() <-chan struct{}
	Outcome() exec.Outcome
	Forward(syscall.Signal) // passes on a signal that gorun got, unless the program got it too
	Retire()                // begins to end it: its open requests, signal, grace, kill
	Hurry()                 // ends the grace of one that retires, if its requests are answered
	Kill()                  // ends it now
}

// timer is a time.Timer that need not be running.
type timer struct{ t *time.Timer }

func (t *timer) C() <-chan time.Time {
	if t.t == nil {
		return nil
	}
	return t.t.C
}

func (t *timer) Reset(d time.Duration) {
	t.Stop()
	t.t = time.NewTimer(d)
}

func (t *timer) Stop() {
	if t.t != nil {
		t.t.Stop()
		t.t = nil
	}
}
