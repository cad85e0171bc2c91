package incremental

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// A desk is where somebody edits a module that runs: the graph, the builder, and
// what its plans said.
type desk struct {
	*project
	g       *depgraph.Graph
	running *Executable
	exclude func(path string) bool
	said    chan string // lines of the topic plan
}

// newDesk builds testdata/module.txtar for the first time. With edit, the
// configuration is changed before.
func newDesk(t *testing.T, edit func(*Config)) *desk {
	t.Helper()
	p := newProject(t)
	p.b.Close()
	a, err := txtar.ParseFile(filepath.Join("testdata", "module.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		p.write(f.Name, string(f.Data))
	}
	d := &desk{project: p, said: make(chan string, 1000)}
	cfg := p.b.cfg
	cfg.Patterns = []string{"./app"}
	cfg.Engine = EngineAuto
	cfg.PrepareAfter, cfg.VerifyAfter, cfg.NamedSetAfter = time.Millisecond, time.Millisecond, -1
	cfg.Debug = func(format string, args ...any) {
		t.Logf(format, args...)
		d.said <- strings.TrimSpace(fmt.Sprintf(format, args...))
	}
	if edit != nil {
		edit(&cfg)
	}
	p.b = NewBuilder(cfg)
	t.Cleanup(p.b.Close)
	d.load()
	first := p.b.Start(NewPlan(nil, p.b.Known()), nil, nil).Result()
	if first.Exe == nil {
		t.Fatalf("first build: %+v", first)
	}
	t.Cleanup(func() { d.running.Remove() })
	d.running = first.Exe
	return d
}

func (d *desk) load() {
	d.t.Helper()
	g, err := depgraph.Load(d.t.Context(), depgraph.Config{
		Dir: d.dir, Env: d.b.cfg.Env, BuildFlags: d.b.cfg.Flags, Patterns: d.b.cfg.Patterns,
		Exclude: d.exclude,
		GoEnv: func(ctx context.Context) (map[string]string, error) {
			return gocmd.Env(ctx, d.b.cfg.Go, d.dir, d.b.cfg.Env)
		},
	}, d.g)
	if err != nil {
		d.t.Fatal(err)
	}
	d.g = g
}

// await waits for a line of the topic plan. What is done at the lowest priority takes
// long where other tests keep the machine busy.
func (d *desk) await(text string) {
	d.t.Helper()
	limit := time.After(5 * time.Minute)
	for {
		select {
		case line := <-d.said:
			if strings.Contains(line, text) {
				return
			}
		case <-limit:
			d.t.Fatalf("nothing said of %q", text)
		}
	}
}

// idle lets the builder do what it does between builds, until it has said text.
func (d *desk) idle(text string) {
	d.t.Helper()
	d.b.Idle(d.g, d.running)
	d.await(text)
	<-d.b.idleWork.done
}

// edit replaces a text in a file and builds.
func (d *desk) edit(name, from, to string) (Plan, Result) {
	d.t.Helper()
	file := filepath.Join(d.dir, name)
	src, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(src), from) {
		d.t.Fatalf("%s has no %q (%v)", name, from, err)
	}
	d.write(name, strings.Replace(string(src), from, to, 1))
	return d.rebuild()
}

// rebuild builds what has changed since the last build.
func (d *desk) rebuild() (Plan, Result) {
	d.t.Helper()
	c := depgraph.Classify(d.g, nil)
	d.g = d.g.Update(c)
	if c.Kind == depgraph.Reload {
		d.load()
	}
	plan := NewPlan(&c, d.b.Known())
	r := d.b.Start(plan, d.running, nil).Result()
	if r.Exe != nil {
		d.running.Remove()
		d.running = r.Exe
	}
	return plan, r
}

// TestDirectWay goes through an edit session: prepared, direct, checked.
func TestDirectWay(t *testing.T) {
	d := newDesk(t, nil)
	if k := d.b.Known(); k.Files != nil || k.Why != "the recipe is not read yet" {
		t.Errorf("known before: %+v", k)
	}
	d.idle("the direct way is prepared")
	plan, r := d.edit("lib/lib.go", "count += i", "count += 2*i")
	if plan.Way != WayDirect || r.How != "1 package direct" || r.Exe == nil {
		t.Fatalf("a body: %v, %+v", plan, r)
	}
	if got := d.prints(r.Exe); got != "TEXT 1" {
		t.Errorf("it prints %q", got)
	}
	if base := filepath.Base(r.Exe.Path); base != "app" || r.Exe.PATH == "" {
		t.Errorf("executable %+v", r.Exe)
	}
	d.idle("verified in")
	if _, r := d.edit("lib/lib.go", "// F cannot", "// F really cannot"); !r.Same || r.How != "1 package direct" {
		t.Errorf("a comment: %+v", r)
	}
	d.idle("verified in") // that it is the same is checked
	_, r = d.edit("lib/lib.go", "\t\tcount += 2*i", "\n\t\tcount += 3*i")
	if r.Exe == nil || len(r.Exe.outcome.Twins) != 1 {
		t.Fatalf("lines: %+v", r)
	}
	d.idle("the direct way is prepared") // from exact archives again
	_, r = d.edit("lib/text.txt", "text", "words")
	if r.How != "1 package direct" || d.prints(d.running) != "WORDS 1" || len(d.running.outcome.Twins) != 0 {
		t.Errorf("an embedded file: %+v", r)
	}
	select {
	case a := <-d.b.Alarms():
		t.Errorf("alarm: %+v", a)
	default:
	}
}

// TestFallsBack shows for each kind of edit after which no build may be direct that the go
// command builds the program, and that the direct way is prepared again afterwards.
func TestFallsBack(t *testing.T) {
	d := newDesk(t, nil)
	for _, tt := range []struct{ name, file, from, to, plan string }{
		{
			"import", "lib/more.go", "import \"strings\"", "import (\n\t\"strings\"\n\t_ \"os\"\n)",
			"go build (imports changed: +os)",
		},
		{"assembly", "asm/asm.s", "// nothing", "// still nothing", "go build (asm.s is not compiled by the Go compiler)"},
		{"package with assembly", "asm/asm.go", "lib.Small()", "2+lib.Small()", "direct (content changed)"},
		{"go.mod", "go.mod", "go 1.24", "go 1.25", "go build (go.mod of module example.com/m changed)"},
		{"debug", "app/main.go", "package main", "//go:debug panicnil=1\npackage main", "direct (//go:debug lines changed)"},
		{"constraint", "lib/more.go", "package lib", "//go:build !never\n\npackage lib", "direct (constraint changed)"},
	} {
		d.idle("the direct way is prepared")
		plan, r := d.edit(tt.file, tt.from, tt.to)
		if got := plan.String(); !strings.HasPrefix(got, tt.plan) {
			t.Errorf("%s: plan %q", tt.name, got)
		}
		if r.How != "go build" || r.Err != nil || r.Status != 0 {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
	// What is not an edit of a file that the recipe knows: the go command reads the module again.
	for _, tt := range []struct {
		name string
		do   func()
		plan string
	}{
		{"a file more", func() {
			d.write("lib/third.go", "package lib\n\nfunc third() int { return 3 }\n")
		}, "go build (new file of package example.com/m/lib)"},
		{"a file for another system", func() {
			lib := filepath.Join(d.dir, "lib")
			if err := os.Rename(filepath.Join(lib, "third.go"), filepath.Join(lib, "third_plan9.go")); err != nil {
				t.Fatal(err)
			}
		}, "go build (was removed)"},
		{"a module's sums", func() { d.write("go.sum", "") }, ""},
		{"a profile", func() { d.write("app/default.pgo", "") }, ""},
	} {
		d.idle("the direct way is prepared")
		tt.do()
		plan, r := d.rebuild()
		if r.How != "go build" || plan.Way != WayGo || !strings.HasPrefix(plan.String(), tt.plan) {
			t.Errorf("%s: plan %q", tt.name, plan)
		}
	}
	d.idle("is a profile")
	if err := os.Remove(filepath.Join(d.dir, "app", "default.pgo")); err != nil {
		t.Fatal(err)
	}
	d.rebuild()
	// What the compiler refuses is said by the go command, and costs no new recipe.
	d.idle("the direct way is prepared")
	plan, r := d.edit("lib/lib.go", "count += i", "count += undefined")
	if plan.Way != WayDirect || r.Status != 1 || !strings.Contains(string(r.Output), "undefined: undefined") {
		t.Errorf("a broken edit: %v, %+v %s", plan, r, r.Output)
	}
	if _, r := d.edit("lib/lib.go", "count += undefined", "count += 4*i"); r.How != "1 package direct" {
		t.Errorf("mended: %+v", r)
	}
}

func TestEngines(t *testing.T) {
	d := newDesk(t, func(c *Config) { c.Engine = EngineGo })
	d.b.Idle(d.g, d.running)
	if d.b.idleWork != nil {
		t.Error("-engine=go prepares the direct way")
	}
	plan, r := d.edit("lib/lib.go", "count += i", "count += 2*i")
	if plan.String() != "go build (-engine=go): example.com/m/lib" || r.How != "go build" {
		t.Errorf("-engine=go: %v, %+v", plan, r)
	}
	d = newDesk(t, func(c *Config) { c.Engine = EngineExact })
	d.idle("the direct way is prepared")
	// asm imports lib and has assembly: without the twin it has to be compiled.
	if _, r := d.edit("lib/lib.go", "\t\tcount += i", "\n\t\tcount += i"); r.How != "go build" {
		t.Errorf("-engine=exact: %+v", r)
	}
	for _, flag := range []string{"-cover", "-toolexec=time", "-a", "-overlay=x"} {
		d := newDesk(t, nil)
		d.b.cfg.Flags = []string{flag}
		d.idle(flag[:2])
		if k := d.b.Known(); k.Files != nil || !strings.Contains(k.Why, flag[:2]) {
			t.Errorf("%s: %+v", flag, k)
		}
	}
}

// TestASaveEndsWhatIsDoneBetween shows that neither preparing nor verifying
// holds up a build, and that what was given up does no harm.
func TestASaveEndsWhatIsDoneBetween(t *testing.T) {
	d := newDesk(t, func(c *Config) { c.PrepareAfter, c.VerifyAfter = time.Hour, time.Hour })
	d.b.Idle(d.g, d.running)
	if plan, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); plan.Way != WayGo || r.Exe == nil {
		t.Fatalf("while it waits: %v, %+v", plan, r)
	}
	d.b.cfg.PrepareAfter = time.Millisecond
	d.b.Idle(d.g, d.running)
	if plan, r := d.edit("lib/lib.go", "count += 2*i", "count += 3*i"); plan.Way != WayGo || r.Exe == nil {
		t.Fatalf("while it prepares: %v, %+v", plan, r)
	}
	d.idle("the direct way is prepared")
	d.b.cfg.VerifyAfter = time.Millisecond
	if _, r := d.edit("lib/lib.go", "count += 3*i", "count += 4*i"); r.How != "1 package direct" {
		t.Fatalf("%+v", r)
	}
	d.b.Idle(d.g, d.running)
	if _, r := d.edit("lib/lib.go", "count += 4*i", "count += 5*i"); r.How != "1 package direct" {
		t.Fatalf("while it verifies: %+v", r)
	}
	d.idle("verified in")
}

// TestAlarm makes the go command build something else than what was built directly.
func TestAlarm(t *testing.T) {
	d := newDesk(t, nil)
	d.idle("the direct way is prepared")
	if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "1 package direct" {
		t.Fatalf("%+v", r)
	}
	d.b.cfg.Flags = []string{"-ldflags=-X=example.com/m/lib.Other=x", "-trimpath"} // the fault
	d.idle("differs in")
	a := <-d.b.Alarms()
	report, err := os.ReadFile(a.Report)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"differs in", "go run -ldflags", "compiled example.com/m/lib", "compile example.com/m/app",
	} {
		if !strings.Contains(string(report), want) {
			t.Errorf("the report has no %q:\n%s", want, report)
		}
	}
	d.b.Idle(d.g, d.running)
	<-d.b.idleWork.done
	plan, r := d.edit("lib/lib.go", "count += 2*i", "count += 3*i")
	if plan.Way != WayGo || plan.Because != "a direct build was wrong" || r.Exe == nil {
		t.Errorf("after it: %v, %+v", plan, r)
	}
}

// TestBaseMustBeTheSame shows that a direct way whose executable is not what go run made is not used once: not where
// the go command goes on making another one, and not where it now makes the same, for then something has changed
// that nobody watches.
func TestBaseMustBeTheSame(t *testing.T) {
	for _, tt := range []struct {
		name, said string
		passing    bool // the fault is there only while the recipe is read
	}{
		{"another executable", "the direct way makes another executable", true},
		{"another base", "a file that is not watched changed", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, nil)
			d.b.cfg.Flags = []string{"-trimpath"} // the fault
			say := d.b.cfg.Debug
			d.b.cfg.Debug = func(format string, args ...any) {
				say(format, args...)
				if tt.passing && strings.Contains(fmt.Sprintf(format, args...), "direct: link") {
					d.b.cfg.Flags = nil
				}
			}
			d.idle(tt.said)
			if plan, _ := d.edit("lib/lib.go", "count += i", "count += 2*i"); plan.Way != WayGo {
				t.Errorf("plan %v", plan)
			}
		})
	}
}

// TestVerifyingNeedsQuietFiles shows that files which are written meanwhile are no alarm.
func TestVerifyingNeedsQuietFiles(t *testing.T) {
	d := newDesk(t, nil)
	d.idle("the direct way is prepared")
	if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "1 package direct" {
		t.Fatalf("%+v", r)
	}
	// No event was delivered yet.
	d.write("lib/more.go", "package lib\n\nimport \"strings\"\n\n"+
		"func More(s string) bool {\n\treturn strings.Contains(s, \"other\")\n}\n\n"+
		"func init() { println(More(\"\")) }\n")
	d.b.Idle(d.g, d.running)
	<-d.b.idleWork.done
	select {
	case a := <-d.b.Alarms():
		t.Errorf("alarm: %+v", a)
	default:
	}
	if d.running.verified {
		t.Error("verified with files that were not built")
	}
	if _, r := d.rebuild(); r.Exe == nil {
		t.Errorf("%+v", r)
	}
}

// TestIdleGoIsNotWaitedFor: a build for a save begins while the go command that it
// has interrupted still takes away its work directory. Close waits for that one.
func TestIdleGoIsNotWaitedFor(t *testing.T) {
	p := newProject(t)
	p.b.Close()
	dir := t.TempDir()
	cfg := p.b.cfg
	var err error
	if cfg.Go, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	cfg.Env = append(cfg.Env, slowGoVariable+"="+dir)
	b := NewBuilder(cfg)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("a save")
	go func() {
		for !exists(filepath.Join(dir, "runs")) {
			time.Sleep(time.Millisecond)
		}
		cancel(why)
	}()
	if r := b.goRunIdle(ctx); !errors.Is(r.Err, why) || r.Exe != nil {
		t.Errorf("interrupted: %+v", r)
	}
	if exists(filepath.Join(dir, "ended")) {
		t.Error("the go command was waited for")
	}
	if err := os.WriteFile(filepath.Join(dir, "may end"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	b.Close()
	if !exists(filepath.Join(dir, "ended")) {
		t.Error("Close does not wait for the go command, or it was killed")
	}
	if list, err := os.ReadDir(cfg.Store.dir); err != nil || len(list) > 0 {
		t.Errorf("left in the store: %v, %v", list, err)
	}
}
