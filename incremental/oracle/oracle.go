package oracle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/incremental/ahead"
	"github.com/gorun-dev/gorun/incremental/direct"
)

// An oracle is one sequence of edits of one module, and what is counted of it.
type oracle struct {
	n               int
	limit           time.Duration
	seed            uint64
	verifyEvery     int // prepare the direct way again after one of that many twins; 0 is never
	module, work    string
	temporary       bool
	only, pkg       string
	flags, target   []string
	arguments       []string
	runs            bool // the program can be run
	exact, verbose  bool
	named           bool
	out             io.Writer
	dir             string // the copy
	self            string
	gocache         string
	packages        []direct.Package
	direct          *direct.Session // nil: the module as it is cannot be prepared
	aheadCache      string          // gorun's cache directory for the linker of links ahead; "": there are none
	ahead           *ahead.Linker   // compares each link with the stock linker's
	prepared        int
	report          report
	unsteady, slept int // runs that say nothing: another time the same executable did something else, or it did not end
}

// helperEnv names the file that the executable is linked to: with it set, this program is go
// run's -exec helper.
const helperEnv = "GORUN_ORACLE_EXECUTABLE"

// run prepares the module and makes the edits. The error is the first difference.
func (o *oracle) run(ctx context.Context, packages int) error {
	if err := o.prepare(ctx, packages); err != nil {
		return err
	}
	if o.ahead != nil {
		defer o.ahead.Close()
	}
	if err := o.loop(ctx); err != nil {
		return err
	}
	if o.temporary {
		os.RemoveAll(o.work)
	}
	return nil
}

func (o *oracle) prepare(ctx context.Context, n int) error {
	if o.work == "" {
		dir, err := os.MkdirTemp("", "oracle")
		if err != nil {
			return err
		}
		o.work, o.temporary = dir, true
	}
	o.dir = filepath.Join(o.work, "module")
	work := filepath.Join(o.work, "direct")
	if err := errors.Join(os.RemoveAll(o.dir), os.RemoveAll(work)); err != nil {
		return err
	}
	var err error
	if o.module == "" {
		err = generate(o.dir, n)
		if len(o.target) == 0 {
			o.target = []string{"./cmd/app"}
		}
	} else {
		err = copyTree(o.dir, o.module)
	}
	if err != nil {
		return err
	}
	if o.self, err = os.Executable(); err != nil {
		return err
	}
	if o.packages, err = o.list(ctx); err != nil {
		return err
	}
	out, stderr, err := runner(ctx, []string{"go", "env", "GOCACHE"}, o.dir, os.Environ())
	if err != nil {
		return fmt.Errorf("%w: %s", err, stderr)
	}
	o.gocache = string(bytes.TrimSpace(out))
	if err := os.Mkdir(work, 0o777); err != nil || o.aheadCache == "" {
		return err
	}
	o.ahead = ahead.New(ahead.Config{Cache: o.aheadCache, Work: work, Compare: true, Debug: o.debug()})
	return nil
}

// ready prepares the direct way for the module as it is. That it cannot be done is no error: gorun does without.
func (o *oracle) ready(ctx context.Context) error {
	var err error
	if o.packages, err = o.list(ctx); err != nil {
		return err
	}
	s := direct.Setup{
		Run: runner, Go: "go", Dir: o.dir, Env: os.Environ(), Flags: o.flags, Target: o.target, Packages: o.packages,
		Work: filepath.Join(o.work, "direct"), Exact: o.exact, Named: o.named, Prev: o.direct,
		Ahead: o.ahead, Debug: o.debug(),
	}
	o.prepared++
	d, err := direct.Prepare(ctx, s)
	if _, ok := errors.AsType[*direct.Refusal](err); ok {
		o.report.way("cannot be prepared: " + reason(err))
		o.direct = nil
		return nil
	}
	if err == nil {
		o.direct = d
	}
	return err
}

// debug returns what prints the plans, or nil.
func (o *oracle) debug() func(format string, args ...any) {
	if !o.verbose {
		return nil
	}
	return func(format string, args ...any) { fmt.Fprintf(o.out, format+"\n", args...) }
}

// One edit of so many comes so long at most after the build before, when the next link may not be ready.
const (
	impatient     = 8
	longestMoment = 300 * time.Millisecond
)

// awaitLink waits until a link waits, now and then only for a moment, and says what was wrong with one before.
func (o *oracle) awaitLink(ctx context.Context, r *rand.Rand) error {
	if o.ahead == nil {
		return nil
	}
	if d := o.ahead.Difference(); d != nil {
		return d
	}
	if r.IntN(impatient) == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(r.Int64N(int64(longestMoment))))
		defer cancel()
	}
	o.ahead.Await(ctx)
	return nil
}

// A step is what is written to files between two builds.
type step struct {
	kind kind
	what string
	old  map[string][]byte
	now  map[string][]byte
}

func (s step) write() error {
	for name, text := range s.now {
		if err := os.WriteFile(name, text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// undo returns the step that takes back steps, the last one first.
func undo(steps []step) step {
	s := step{
		kind: undone, what: fmt.Sprintf("of %d", len(steps)),
		old: make(map[string][]byte), now: make(map[string][]byte),
	}
	for _, x := range slices.Backward(steps) {
		for name := range x.now {
			if _, ok := s.old[name]; !ok {
				s.old[name] = x.now[name]
			}
			s.now[name] = x.old[name]
		}
	}
	return s
}

func (o *oracle) loop(ctx context.Context) error {
	r := rand.New(rand.NewPCG(o.seed, 0))
	if err := o.ready(ctx); err != nil {
		return err
	}
	if o.direct == nil {
		return errors.New("there is no direct way for this program")
	}
	start := time.Now()
	var done []step
	n := 0
	for n < o.n && (o.limit == 0 || time.Since(start) < o.limit) {
		n++
		var s step
		if back := min(len(done), 1+r.IntN(3)*r.IntN(2)); back > 0 && r.IntN(9) == 0 {
			s = undo(done[len(done)-back:])
			done = done[:len(done)-back]
		} else {
			s = o.random(r, n)
			done = append(done, s)
		}
		if err := s.write(); err != nil {
			return err
		}
		name := ""
		for f := range s.now {
			name, _ = filepath.Rel(o.dir, f)
		}
		if err := o.awaitLink(ctx, r); err != nil {
			return err
		}
		way, err := o.compare(ctx, r)
		fmt.Fprintf(o.out, "%d: %s, %s in %s: %s\n", n, s.kind, s.what, name, way)
		if err != nil {
			return fmt.Errorf("edit %d, %s, %s in %s: %w", n, s.kind, s.what, name, err)
		}
		o.report.kind(s.kind, way != doesNotCompile)
		if way == doesNotCompile {
			if s.kind != undone {
				done = done[:len(done)-1]
			}
			if err := (step{now: s.old}).write(); err != nil {
				return err
			}
		}
	}
	o.report.print(o.out)
	if o.runs {
		fmt.Fprintf(o.out, "%d runs compared, %d that say nothing: %d differ from time to time, %d do not end\n",
			o.report.runs, o.unsteady+o.slept, o.unsteady, o.slept)
	}
	if o.ahead != nil {
		if d := o.ahead.Difference(); d != nil {
			return d
		}
		fmt.Fprintf(o.out, "links ahead: %+v\n", o.ahead.Counts())
	}
	fmt.Fprintf(o.out, "no differences in %d edits, %d recipes, seed %d\n", n, o.prepared, o.seed)
	return nil
}

// tries bounds how often a place for an edit of a kind is looked for: not every module has
// generic functions or embedded files.
const tries = 300

// random returns a random edit of a random kind in a random file.
func (o *oracle) random(r *rand.Rand, n int) step {
	for {
		k, _ := pick(r, kinds())
		if o.only != "" && k != kind(o.only) || (k == mistake || k == directive) && r.IntN(3) > 0 { // rarer than the others
			continue
		}
		for range tries {
			p, _ := pick(r, o.packages)
			if o.pkg != "" && p.ImportPath != o.pkg {
				continue
			}
			name, src, text, what := o.edit(r, p, k, n)
			if text != nil {
				return step{k, what, map[string][]byte{name: src}, map[string][]byte{name: text}}
			}
		}
	}
}

// edit returns an edit of a kind in a file of a package; no text if there is no place for it.
func (o *oracle) edit(r *rand.Rand, p direct.Package, k kind, n int) (name string, src, text []byte, what string) {
	if k == embedded {
		name, ok := pick(r, p.EmbedFiles)
		if !ok {
			return "", nil, nil, ""
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return "", nil, nil, ""
		}
		text := "# %d\n"
		if strings.HasSuffix(name, ".go") { // some packages embed their own documentation
			text = "// %d\n"
		}
		return name, src, fmt.Appendf(slices.Clone(src), text, n), "a line more"
	}
	name, ok := pick(r, p.GoFiles)
	if !ok {
		return "", nil, nil, ""
	}
	src, err := os.ReadFile(name)
	if err != nil {
		return "", nil, nil, ""
	}
	f, err := parse(src)
	if err != nil {
		return "", nil, nil, ""
	}
	var of []edit
	for _, e := range edits {
		if e.kind == k {
			of = append(of, e)
		}
	}
	e, _ := pick(r, of)
	return name, src, e.do(r, f, n), e.name
}
