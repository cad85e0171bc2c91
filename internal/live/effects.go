package live

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
)

// An effect is something that the machine wants done. The loop does the effects of
// a step in order. Some answer at once with an event, which the machine is handed
// before the next effect is done; these say so. The string is for transcripts.
type effect interface{ String() string }

// A timerName names one of the loop's timers.
type timerName int

const (
	quietTimer   timerName = iota // runs until the files are quiet
	graceTimer                    // runs while a signalled program may still end by itself
	readyTimer                    // runs while what was started last has to become ready
	backoffTimer                  // runs before a program that has failed is started again
	numTimers
)

func (n timerName) String() string { return [...]string{"quiet", "grace", "ready", "backoff"}[n] }

type (
	// Words.
	say       struct{ line string } // one line of news
	reloaded  struct{ Reloaded }    // the line of a reload that has ended well
	failed    struct{ line string } // one line of trouble
	output    struct{ text []byte } // another tool's words
	debugging struct{ topic, line string }
	tell      struct{ event event.Event } // to listeners
	answer    struct {                    // to a request
		request Request
		answer  Answer
	}

	// Time.
	arm struct {
		timer timerName
		after time.Duration
	}
	disarm struct{ timer timerName }

	// The graph, and what is known of files.
	loadGraph  struct{ prev Graph } // in the background
	cancelLoad struct{}
	follow     struct{} // the directives are those of the graph from now on
	watchFiles struct{}
	lookUpAll  struct{} // whatever may have changed; answers noticed
	inspect    struct { // answers inspected
		directives bool  // whether directives have to run
		against    Graph // what differs from this graph, if it is not nil
		afterStep  bool
	}
	inspectSince struct { // what has happened to the inputs since a build began; answers sinceInspected
		began time.Time
		found bool // the build is an earlier gorun's: what is certain is enough
	}
	checkRunFiles struct{} // answers runFilesChecked
	readSettings  struct { // answers settingsRead
		reason, profile string
		request         *pending
	}

	// The pipeline.
	beginStep struct { // answers stepBegun
		stage stage
		about About // of before-build
	}
	cancelStep  struct{} // its end is still told
	abandonStep struct{}
	beginBuild  struct { // answers buildBegun
		change  *depgraph.Change
		running *incremental.Executable
	}
	cancelBuild  struct{} // its end is still told
	abandonBuild struct{}
	collectBuild struct{} // answers buildResult

	// Programs.
	startProgram struct { // answers startAnswered
		id      int
		version Version
	}
	retire  struct{ id int }
	hurry   struct{ id int }
	kill    struct{ id int }
	forward struct {
		id     int
		signal syscall.Signal
	}
	remove struct{ exe *incremental.Executable }
	idling struct{ version Version }

	// Hooks.
	runHook struct { // answers hookMissing if there is none of that name
		id    int
		name  string
		about About
	}
	cancelHook struct{ id int }

	exit struct{ status int }
)

// Effects that are words.

func sayf(format string, args ...any) effect { return say{fmt.Sprintf(format, args...)} }

func failf(format string, args ...any) effect { return failed{fmt.Sprintf(format, args...)} }

func debugf(topic, format string, args ...any) effect {
	return debugging{topic, fmt.Sprintf(format, args...)}
}

func (e say) String() string       { return "say " + e.line }
func (e reloaded) String() string  { return "say " + e.Line }
func (e failed) String() string    { return "fail " + e.line }
func (e output) String() string    { return "output " + strings.ReplaceAll(string(e.text), "\n", `\n`) }
func (e debugging) String() string { return e.topic + ": " + e.line }

func (e tell) String() string {
	words := []string{"tell", string(e.event.Kind), fmt.Sprintf("reload=%d", e.event.Reload)}
	add := func(name, value string) {
		if value != "" {
			words = append(words, fmt.Sprintf("%s=%q", name, value))
		}
	}
	add("name", e.event.Name)
	add("reason", e.event.Reason)
	add("how", e.event.How)
	if e.event.Same {
		words = append(words, "same")
	}
	if e.event.Pid != 0 {
		words = append(words, fmt.Sprintf("pid=%d", e.event.Pid))
	}
	if e.event.Status != nil {
		words = append(words, fmt.Sprintf("status=%d", *e.event.Status))
	}
	return strings.Join(words, " ")
}

func (e answer) String() string {
	switch {
	case e.answer.Err != "":
		return fmt.Sprintf("answer %s: no: %s", e.request.Do, e.answer.Err)
	case e.answer.Status != nil:
		return fmt.Sprintf("answer %s: %s", e.request.Do, e.answer.Status.State)
	}
	return fmt.Sprintf("answer %s: %s", e.request.Do, e.answer.Text)
}

func (e arm) String() string         { return fmt.Sprintf("arm %s %v", e.timer, e.after) }
func (e disarm) String() string      { return fmt.Sprintf("disarm %s", e.timer) }
func (e loadGraph) String() string   { return "load" }
func (cancelLoad) String() string    { return "cancel load" }
func (follow) String() string        { return "follow" }
func (watchFiles) String() string    { return "watch" }
func (lookUpAll) String() string     { return "look up everything" }
func (inspectSince) String() string  { return "inspect since build" }
func (checkRunFiles) String() string { return "check run files" }

func (e inspect) String() string {
	s := "inspect"
	if e.directives {
		s += " directives"
	}
	if e.against != nil {
		s += " differences"
	}
	return s
}

func (e readSettings) String() string {
	if e.profile != "" {
		return "read settings of " + e.profile
	}
	return "read settings"
}

func (e beginStep) String() string {
	if e.stage == stageBeforeBuild {
		return "begin before-build: " + e.about.Reason
	}
	return "begin " + e.stage.String()
}

func (e beginBuild) String() string {
	s := "build"
	if e.change != nil {
		s += " " + label(e.change, "/m")
	}
	if e.running != nil {
		s += ", compare with " + nameOf(e.running)
	}
	return s
}

func (cancelStep) String() string     { return "cancel step" }
func (abandonStep) String() string    { return "abandon step" }
func (cancelBuild) String() string    { return "cancel build" }
func (abandonBuild) String() string   { return "abandon build" }
func (collectBuild) String() string   { return "collect build" }
func (e startProgram) String() string { return fmt.Sprintf("start %d %s", e.id, nameOf(e.version.Exe)) }
func (e retire) String() string       { return fmt.Sprintf("retire %d", e.id) }
func (e hurry) String() string        { return fmt.Sprintf("hurry %d", e.id) }
func (e kill) String() string         { return fmt.Sprintf("kill %d", e.id) }
func (e forward) String() string      { return fmt.Sprintf("forward %d %v", e.id, os.Signal(e.signal)) }
func (e remove) String() string       { return "remove " + nameOf(e.exe) }
func (e idling) String() string       { return "idle " + nameOf(e.version.Exe) }

func (e runHook) String() string {
	return fmt.Sprintf("hook %d %s: %s", e.id, e.name, e.about)
}
func (e cancelHook) String() string { return fmt.Sprintf("cancel hook %d", e.id) }
func (e exit) String() string       { return fmt.Sprintf("exit %d", e.status) }

func nameOf(exe *incremental.Executable) string {
	if exe == nil {
		return "nothing"
	}
	return filepath.Base(exe.Path)
}
