package direct

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/edit"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A Refusal says why there was no direct build. The caller builds with the go command.
type Refusal struct{ Reason string }

func (e *Refusal) Error() string { return "not direct: " + e.Reason }

// Refuse returns a *Refusal.
func Refuse(format string, args ...any) error {
	return &Refusal{fmt.Sprintf(format, args...)}
}

// A Session is one program under one set of flags, prepared for direct builds. It is not safe for concurrent use.
type Session struct {
	setup        Setup
	env          []string // of the tools
	tools        map[string]stamp.Meta
	inputs       *inputs
	state        *State
	results      *Results
	files        map[string]source              // of all packages with a step: as they were when last read
	base         map[string]source              // when the recipe was read
	headers      map[archive.Sum]edit.Header    // of contents that differ from the base, and their base
	texts        *texts                         // of the Go files: of the base, of state.Imported, and of now
	layouts      map[[2]archive.Sum]edit.Layout // of files, by what they were and what they are
	exes         []executable                   // oldest first
	noNamedSet   string                         // why the named set is not built for this program
	flaggedOther []string                       // link lines whose build information names NamedFlag; nil without it
	timings      timings
	request      request               // what the Session was prepared for
	vars         map[string]string     // what the go command said of its settings
	archives     map[string]stamp.Meta // those of GOCACHE, as they were when they were known to be right
	unproved     func() string         // waits until those of an earlier gorun are proved, and says which is not
	cgo          string                // a package that is built by cgo; "" if there is none
	behind       bool                  // see Behind
	builds       int                   // that were done
	used         []Key                 // the compiles that the last build is made of

	offerMu sync.Mutex // compiles end side by side
	offer   []Compile  // what the compiler did, oldest first
}

type executable struct {
	key   Key
	path  string
	ahead bool // it is of a link that waited (package ahead)
}

const (
	maxArchiveBytes = 512 << 20 // of archives in one run: some hundred edits of large packages
	maxHeaders      = 4096      // some KB each at most
	maxExecutables  = 4         // the running one, the next, and one undone edit to either side
)

// An Outcome is what a direct build came to.
type Outcome struct {
	Executable string // in the direct way's directory; link or copy it away
	Key        Key    // of the link: equal keys are equal executables
	Compiled   []string
	Linked     bool     // false when the executable was there
	Ahead      bool     // it is of a link that waited (package ahead)
	Twins      []string // packages that are linked newer than their importers know them
	Plan       string   // the last plan, for a report

	session *Session
	link    *Link
}

// Build brings the executable to the present state of the files. An error is a *Refusal, or the context's.
func (d *Session) Build(ctx context.Context) (*Outcome, error) {
	defer d.setup.Turns.begin()()
	return d.build(ctx)
}

func (d *Session) build(ctx context.Context) (*Outcome, error) {
	inputsChanged := d.inputs.check()
	files, err := d.readChanged()
	if err != nil {
		return nil, err
	}
	d.files = files
	if why := d.recipeOutdated(files); why != "" {
		return nil, Refuse("%s", why)
	}
	now := sums(files)
	twins, dir, err := d.layOutTwins(files, now)
	if dir != "" {
		defer os.RemoveAll(dir)
	}
	if err != nil {
		return nil, err
	}
	out := &Outcome{session: d}
	plan, begun, err := d.compileAll(ctx, now, twins, out)
	if err != nil {
		return nil, err
	}
	out.Key, out.Twins, out.Plan, out.link = plan.Link.Key, plan.Twins, plan.String(), plan.Link
	if err := d.linkOnce(ctx, plan, begun, out); err != nil {
		return nil, err
	}
	if c := inputsChanged(); c != (InputChange{}) {
		return nil, Refuse("%s", c)
	}
	if d.unproved != nil {
		if why := d.unproved(); why != "" {
			return nil, Refuse("%s", why)
		}
	}
	d.state, d.used = plan.Next, plan.Used
	d.builds++
	d.dropTexts()
	d.results.Trim(d.inUse(plan))
	d.linkNextAhead(plan.Link)
	return out, nil
}

// InputChanged returns what the go command reads for the program, beyond the files that Build
// compares, and is not what it was when the recipe was read.
func (o *Outcome) InputChanged() InputChange { return o.session.inputs.changed() }

// InputChangedSince returns what of that had been changed since a moment when the recipe was read.
func (d *Session) InputChangedSince(t time.Time) InputChange { return d.inputs.since(t) }

// BuildIdle is Build for an executable that nobody waits for.
func (d *Session) BuildIdle(ctx context.Context) (*Outcome, error) {
	defer d.idle()()
	return d.build(ctx)
}

// idle makes all tools run at the lowest priority until the function that it returns is called.
// How long they take then is forgotten, as it says nothing of a build that somebody waits for.
func (d *Session) idle() (end func()) {
	s := &d.setup
	run, behind, timings, compiles := s.Run, s.Behind, d.timings, s.Compiles
	// Another program that somebody waits for must not wait for these compiles.
	d.timings, s.Compiles = timings.clone(), nil
	if s.Idle != nil {
		s.Run, s.Behind = s.Idle, s.Idle
	}
	return func() { s.Run, s.Behind, d.timings, s.Compiles = run, behind, timings, compiles }
}

// Files returns the files that each Build compares with what it knows of them. A change of any
// other file is unknown to it.
func (d *Session) Files() map[string]bool {
	m := make(map[string]bool, len(d.files))
	for f := range d.files {
		m[f] = true
	}
	return m
}

// Len returns the number of packages that may be compiled directly.
func (d *Session) Len() int { return len(d.state.Recipe.Steps) }

// String prints the recipe, for a report.
func (d *Session) String() string {
	var b strings.Builder
	r := d.state.Recipe
	fmt.Fprintf(&b, "link:\n%s %s\n", r.Link.Tool, strings.Join(r.Link.Args, " "))
	for _, s := range r.Ordered() {
		fmt.Fprintf(&b, "compile %s:\n%s %s\n", s.ImportPath, strings.Join(s.Args, " "), strings.Join(s.Files, " "))
	}
	return b.String()
}
