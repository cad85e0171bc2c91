package direct

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/edit"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// Refusal says why the direct way was not taken. The caller builds with the go command.
type Refusal struct{ Reason string }

func (e *Refusal) Error() string { return "not direct: " + e.Reason }

func Refuse(format string, args ...any) error {
	return &Refusal{fmt.Sprintf(format, args...)}
}

// A Session is one program under one set of flags, prepared for direct builds. It is not safe for concurrent use.
type Session struct {
	setup    Setup
	env      []string // of the tools
	tools    map[string]stamp.Meta
	state    *State
	results  *Results
	files    map[string]source              // of all packages with a step: as they were when last read
	base     map[string]source              // when the recipe was read
	headers  map[archive.Sum]edit.Header    // of contents that differ from the base, and their base
	texts    *texts                         // of the Go files: of the base, of the faces, and of now
	layouts  map[[2]archive.Sum]edit.Layout // of files, by what they were and what they are
	exes     []executable                   // oldest first
	nameless string                         // why there are no named objects for this program
	flagged  []string                       // what the link of named objects would say of the flag
	pace     pace

	offerMu sync.Mutex // compiles end side by side
	offer   []Compile  // what the compiler did, oldest first
}

type executable struct {
	key  Key
	path string
}

const (
	archiveBytes   = 512 << 20 // of archives kept in a run: some hundred edits of large packages
	headersKept    = 4096      // some KB each at most
	executableKept = 4         // the running one, the next, and one undone edit to either side
)

// An Outcome is what a direct build came to.
type Outcome struct {
	Executable string // in the direct way's directory; link or copy it away
	Key        Key    // of the link: equal keys are equal executables
	Compiled   []string
	Linked     bool     // false when the executable was there
	Twins      []string // packages linked beside importers that know a twin of theirs
	Plan       string   // the last plan, for a report

	session *Session
	link    *Link
}

// Build brings the executable to the present state of the files. An error is a *Refusal, or the context's.
func (d *Session) Build(ctx context.Context) (*Outcome, error) {
	files, err := d.look()
	if err != nil {
		return nil, err
	}
	d.files = files
	if why := d.check(files); why != "" {
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
	d.state = plan.Next
	d.keepTexts()
	d.results.Trim(d.inUse(plan))
	return out, nil
}

// BuildIdle is Build for an executable that nobody waits for.
func (d *Session) BuildIdle(ctx context.Context) (*Outcome, error) {
	defer d.idle()()
	return d.Build(ctx)
}

// idle has all tools run as what nobody waits for, until the function that it returns is
// called. How long they take is not noted.
func (d *Session) idle() (end func()) {
	s := &d.setup
	run, behind, pace := s.Run, s.Behind, d.pace
	d.pace = pace.clone()
	if s.Idle != nil {
		s.Run, s.Behind = s.Idle, s.Idle
	}
	return func() { s.Run, s.Behind, d.pace = run, behind, pace }
}

// Files returns the files that the direct way looks at. What else changes it cannot know of.
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

// compileAll runs the compiles of a plan, making it again after each, until all that is left is the link. That is begun
// already if it was a twin that was waited for last.
func (d *Session) compileAll(whole context.Context, now Sources, twins twinSet, out *Outcome) (_ *Plan, begun *prelink, err error) {
	ctx, cancel := context.WithCancel(whole)
	defer cancel()
	defer func() {
		if err != nil {
			begun.discard()
		}
	}()
	type ended struct {
		key  Key
		took time.Duration
		err  error
	}
	done := make(chan ended) // nobody closes it: as many are received as were started
	running := make(map[Key]Compile)
	drain := func() {
		cancel()
		for range running {
			<-done
		}
	}
	cpus := runtime.GOMAXPROCS(0) // as go build takes them for -p; of twins as many again
	planner := newPlanner(d.state, now, twins.plan, d.results.Get)
	for {
		plan := planner.next()
		d.setup.Debug("direct: %s", strings.ReplaceAll(strings.TrimSuffix(plan.String(), "\n"), "\n", "; "))
		switch {
		case plan.Refused != "":
			drain()
			return nil, begun, Refuse("%s", plan.Refused)
		case plan.Link != nil:
			// What still runs is a twin that is not needed: no line moved after all.
			drain()
			d.pace.twins(twins, plan)
			return plan, begun, nil
		}
		for _, c := range plan.Compiles {
			if _, ok := running[c.Key]; ok || alike(running, c) >= cpus || c.Twin && !d.pace.early(cpus, c) && realLeft(plan) {
				continue
			}
			running[c.Key] = c
			run := d.setup.Run
			var laid map[string]string
			if c.Twin {
				laid = twins.laid
				if cpus < roomForTwo && d.setup.Behind != nil {
					run = d.setup.Behind
				}
			} else {
				out.Compiled = append(out.Compiled, c.Step.ImportPath)
			}
			go func() {
				start := time.Now()
				_, err := d.compile(ctx, run, c, laid)
				done <- ended{c.Key, time.Since(start), err}
			}()
		}
		if len(running) == 0 {
			// A broken invariant: packages wait for each other. The go command knows what to say of it.
			return nil, begun, Refuse("the plan has no end: %s", plan)
		}
		if begun == nil && onlyTwins(running) {
			if l := planner.supposing().Link; l != nil && d.linked(l.Key) < 0 {
				if begun, err = d.startLink(whole, l); err != nil {
					drain()
					return nil, nil, Refuse("%v", err)
				}
			}
		}
		e := <-done
		c := running[e.key]
		delete(running, e.key)
		if e.err != nil {
			drain()
			return nil, begun, e.err
		}
		d.pace.compiled(c, e.took)
	}
}

func onlyTwins(running map[Key]Compile) bool {
	for _, c := range running {
		if !c.Twin {
			return false
		}
	}
	return true
}

// compile runs a compile and enters its archive.
func (d *Session) compile(ctx context.Context, run Runner, c Compile, laid map[string]string) (Built, error) {
	dir, err := os.MkdirTemp(d.setup.Work, "compile")
	if err != nil {
		return Built{}, Refuse("%v", err)
	}
	defer os.RemoveAll(dir)
	out, err := compile(ctx, run, d.env, d.state.Recipe.Dir, dir, c, laid)
	if ctx.Err() != nil {
		return Built{}, ctx.Err()
	}
	if err != nil {
		return Built{}, Refuse("package %s: %v", c.Step.ImportPath, err)
	}
	for f, sum := range c.Sources {
		if _, ok := laid[f]; ok {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil || sha256.Sum256(text) != sum {
			return Built{}, Refuse("%q changed while it was compiled", f)
		}
	}
	b, err := d.results.Add(c.Key, out)
	if err != nil {
		return b, Refuse("%v", err)
	}
	d.made(c)
	return b, nil
}

// linked returns where the executable of a link is in d.exes, -1 if it is not there.
func (d *Session) linked(k Key) int {
	return slices.IndexFunc(d.exes, func(e executable) bool { return e.key == k && stamp.Stat(e.path).Exists() })
}

// linkOnce links, unless the executable is there or on its way.
func (d *Session) linkOnce(ctx context.Context, plan *Plan, begun *prelink, out *Outcome) error {
	if begun != nil && begun.key != plan.Link.Key {
		begun.discard()
		begun = nil
	}
	if i := d.linked(plan.Link.Key); i >= 0 {
		begun.discard()
		e := d.exes[i]
		d.exes = append(slices.Delete(d.exes, i, i+1), e)
		out.Executable = e.path
		return nil
	}
	if begun == nil {
		var err error
		if begun, err = d.startLink(ctx, plan.Link); err != nil {
			return Refuse("%v", err)
		}
	}
	if len(d.exes) >= executableKept { // while the link runs: to remove a large file takes a while
		os.RemoveAll(filepath.Dir(filepath.Dir(d.exes[0].path)))
		d.exes = slices.Delete(d.exes, 0, 1)
	}
	exe, err := begun.wait()
	if err != nil {
		os.RemoveAll(begun.dir)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return Refuse("%v", err)
	}
	out.Executable, out.Linked = exe, true
	d.pace.link = begun.took
	d.exes = append(d.exes, executable{plan.Link.Key, exe})
	return nil
}

// inUse returns the paths of the archives that the plan's next state refers to.
func (d *Session) inUse(plan *Plan) map[string]bool {
	m := make(map[string]bool)
	for _, f := range plan.Next.Faces {
		m[f.Archive.Path] = true
	}
	for _, a := range plan.Link.Archives {
		m[a.Path] = true
	}
	return m
}
