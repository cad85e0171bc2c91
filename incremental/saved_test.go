package incremental

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/longtest"
)

// A savingDesk is a desk of which each gorun goes on where the one before has ended.
type savingDesk struct {
	*desk
	cfg      Config
	recorded *Recording // the last one
}

// With edits, the configuration is changed before.
func newSavingDesk(t *testing.T, edits ...func(*Config)) *savingDesk {
	t.Helper()
	s := &savingDesk{}
	s.desk = newDesk(t, func(c *Config) {
		c.SaveAs = "desk"
		c.Record = func(r Recording, running *Executable) bool {
			s.recorded = &r
			return true
		}
		for _, edit := range edits {
			edit(c)
		}
		s.cfg = *c
	})
	return s
}

// restart ends gorun and starts it again. The program is the one that was recorded, if there is one.
func (s *savingDesk) restart() {
	s.t.Helper()
	s.b.Close()
	s.running.Remove()
	s.b = NewBuilder(s.cfg)
	s.t.Cleanup(s.b.Close)
	s.g = nil
	s.load()
	s.b.Restore(s.g)
	if r := s.recorded; r != nil {
		if s.running = s.cfg.Store.Reuse(r.Exe.Entry(), ""); s.running == nil {
			s.t.Fatal("what was recorded is not in the store any more")
		}
		s.running.PATH, s.running.Environ = r.Exe.PATH, r.Exe.Environ
		s.running.Hold()
	}
}

// confirm builds without a save, as live does for a program that an earlier gorun has built.
func (s *savingDesk) confirm() (Plan, Result) {
	s.t.Helper()
	plan := NewPlan(nil, s.b.Known())
	return plan, s.b.Start(plan, s.running, nil).Result()
}

// TestSessionOutlivesGorun shows that the next gorun builds directly from the first save on, also where this one
// ends before what it has built is verified, and that what runs is recognized.
func TestSessionOutlivesGorun(t *testing.T) {
	d := newSavingDesk(t)
	d.idle("the session is saved")
	if r := d.recorded; r == nil || r.Exe != d.running || !r.Exact {
		t.Fatalf("recorded: %+v", d.recorded)
	}
	d.restart()
	if plan, r := d.edit("lib/lib.go", "\t\tcount += i", "\n\t\tcount += 2*i"); r.How != "1 package direct" {
		t.Fatalf("the first save: %v, %+v", plan, r)
	}
	d.b.cfg.VerifyAfter = time.Hour
	d.b.Idle(d.g, d.running)
	d.await("the session is saved")
	if r := d.recorded; r.Exe != d.running || r.Exact {
		t.Errorf("recorded: %+v", r)
	}
	if s := d.recorded.Files[filepath.Join(d.dir, "lib", "lib.go")]; s.Size == 0 {
		t.Errorf("recorded files: %v", d.recorded.Files)
	}
	d.restart()
	d.b.cfg.VerifyAfter = time.Millisecond
	if plan, r := d.confirm(); plan.Way != WayDirect || !r.Same || r.How != "direct" {
		t.Fatalf("it is not recognized: %v, %+v", plan, r)
	}
	d.idle("verified in") // it has a twin, and is verified as such
	if r := d.recorded; !r.Exact || r.Exe == d.running {
		t.Errorf("recorded: %+v", r)
	}
	if plan, r := d.confirm(); plan.Way != WayGo {
		t.Errorf("the go command is not asked: %v, %+v", plan, r)
	}
	d.restart()
	if plan, r := d.confirm(); plan.Way != WayGo || !r.Same {
		t.Errorf("what the go command has made: %v, %+v", plan, r)
	}
	// An edit while no gorun runs, and one under the next.
	src, err := os.ReadFile(filepath.Join(d.dir, "lib", "lib.go"))
	if err != nil {
		t.Fatal(err)
	}
	d.write("lib/lib.go", strings.Replace(string(src), "2*i", "3*i", 1))
	d.recorded = nil
	d.restart()
	first := d.b.Start(NewPlan(nil, d.b.Known()), nil, nil).Result()
	if first.Exe == nil || first.How != "go build" {
		t.Fatalf("%+v", first)
	}
	d.running = first.Exe
	if s := d.b.directState(); s.phase != prepared || !s.renew {
		t.Errorf("what the go command has compiled meanwhile is not asked for: %v", s)
	}
	if plan, r := d.edit("app/main.go", "lib.F(3)", "lib.F(4)"); r.How != "2 packages direct" {
		t.Fatalf("%v, %+v", plan, r)
	}
	if got := d.prints(d.running); got != "TEXT 1" {
		t.Errorf("it prints %q", got)
	}
	d.idle("verified in")
	d.noAlarm()
}

// TestMismatchIsNotSaved shows that nothing is left for the next gorun of what was built wrongly.
func TestMismatchIsNotSaved(t *testing.T) {
	d := newSavingDesk(t)
	d.idle("the session is saved")
	if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "1 package direct" {
		t.Fatalf("%+v", r)
	}
	d.b.cfg.Flags = []string{"-ldflags=-X=example.com/m/lib.Other=x", "-trimpath"} // the fault
	d.idle("differs in")
	<-d.b.Alarms()
	if exists(filepath.Join(d.cfg.Store.cache, savedName, "desk")) || d.recorded.Exe != nil {
		t.Errorf("a session is there, or what was built is recorded: %+v", d.recorded)
	}
	// The go command's own is the next program, and not recorded here any more.
	change := depgraph.Change{Kind: depgraph.Rebuild}
	d.b.cfg.Flags = nil
	r := d.b.Start(NewPlan(&change, d.b.Known()), d.running, nil).Result()
	if r.Exe == nil && !r.Same || r.How != "go build" {
		t.Fatalf("%+v", r)
	}
	if r.Exe != nil {
		d.running.Remove()
		if exists(d.running.Path) {
			t.Error("the wrong executable stays in the store")
		}
		d.running = r.Exe
	}
}

// TestSavedSessionThatDoesNotHold shows what makes a saved session one of no use.
func TestSavedSessionThatDoesNotHold(t *testing.T) {
	d := newSavingDesk(t)
	d.idle("the session is saved")
	d.restart()
	if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "1 package direct" {
		t.Fatalf("%+v", r)
	}
	d.idle("verified in")
	dir := filepath.Join(d.cfg.Store.cache, savedName, "desk")
	d.b.stateMu.Lock()
	lib := d.b.state.session.Archives()["example.com/m/left"]
	d.b.stateMu.Unlock()
	d.b.Close()
	if !strings.HasPrefix(lib, d.gocache) {
		t.Fatalf("the archive of a package that nobody edited is %q", lib)
	}
	file := func(pattern string) string {
		t.Helper()
		list, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: %v, %v", pattern, list, err)
		}
		return list[0]
	}
	// change returns a function that changes a file, and has the file put back.
	change := func(path string, how func([]byte) []byte) func() (back func()) {
		return func() func() {
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			// In its place, as a disk that fails does.
			if err := os.WriteFile(path, how(bytes.Clone(old)), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := os.WriteFile(path, old, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	source := func(name, from, to string) func() func() {
		return change(filepath.Join(d.dir, name), func(b []byte) []byte {
			return bytes.Replace(b, []byte(from), []byte(to), 1)
		})
	}
	env := func(kv string) func() func() {
		return func() func() {
			old := d.cfg.Env
			d.cfg.Env = environ.Set(old, kv)
			return func() { d.cfg.Env = old }
		}
	}
	for _, tt := range []struct {
		name  string
		spoil func() (back func())
		want  string // "" where it is restored
		build string // how it is then built
	}{
		{"nothing", func() func() { return func() {} }, "", "1 package direct"},
		{"the session is cut", change(file("session"), cut), "damaged", ""},
		{"the session is flipped", change(file("session"), flip), "damaged", ""},
		{"another format", change(file("session"), func(b []byte) []byte { b[6] = 'x'; return b }), "another gorun", ""},
		{"an empty session", change(file("session"), func([]byte) []byte { return nil }), "another gorun", ""},
		{"others may write it", func() func() {
			err := os.Chmod(dir, 0o777)
			if err != nil {
				t.Fatal(err)
			}
			return func() { os.Chmod(dir, 0o700) }
		}, "none is saved", ""},
		{"an own archive is cut", change(file("archives/*.a"), cut), "archive", ""},
		{"an own archive is flipped", change(file("archives/*.a"), flip), "archive", ""},
		{"a text is flipped", change(file("texts/"+d.sumOf("lib/lib.go")), flip), "text is gone", ""},
		{"an archive of GOCACHE is cut", change(lib, cut), "", "go build"},
		{"an archive of GOCACHE is flipped", change(lib, flip), "", "go build"},
		{"an archive of GOCACHE was used", func() func() {
			now := time.Now()
			if err := os.Chtimes(lib, now, now); err != nil {
				t.Fatal(err)
			}
			return func() {}
		}, "", "1 package direct"},
		{"an archive of GOCACHE is gone", func() func() {
			if err := os.Rename(lib, lib+"~"); err != nil {
				t.Fatal(err)
			}
			return func() { os.Rename(lib+"~", lib) }
		}, "", "go build"},
		{"go.mod", source("go.mod", "go 1.24", "go 1.25"), "something else decides", ""},
		{"an import", source("left/left.go", "import \"", "import _ \"os\"\nimport \""), "is imported now", ""},
		{"a debug line", source("app/main.go", "package", "//go:debug panicnil=1\npackage"), "directive changed", ""},
		{"a package with assembly", source("asm/asm.go", "lib.Small()", "2*lib.Small()"), "", "go build"},
		{"a file more", func() func() {
			d.write("left/more.go", "package left\n")
			return func() { os.Remove(filepath.Join(d.dir, "left", "more.go")) }
		}, "something else decides", ""},
		{"GOFLAGS", env("GOFLAGS=-trimpath"), "something else decides", ""},
		{"GOAMD64 or GOARM64", env("GOAMD64=v2"), "something else decides", ""},
		{"a C compiler", env("CC=cc"), "something else decides", ""},
		{"engine", func() func() {
			d.cfg.Engine = EngineExact
			return func() { d.cfg.Engine = EngineAuto }
		}, "something else decides", ""},
		{"a profile", func() func() {
			d.write("app/default.pgo", "")
			return func() { os.Remove(filepath.Join(d.dir, "app", "default.pgo")) }
		}, "", ""},
		{"one package", source("lib/lib.go", "2*i", "3*i"), "", "1 package direct"},
		{"four packages", func() func() {
			a := source("lib/lib.go", "2*i", "3*i")()
			b := source("left/left.go", `"x"`, `"y"`)()
			c := source("right/right.go", `"y"`, `"z"`)()
			d := source("app/main.go", "panic(", "println(")()
			return func() { a(); b(); c(); d() }
		}, "4 packages have changed", ""},
		// The last one: a file that is written again with its old content is another one for a session.
		{"assembly", source("asm/asm.s", "nothing", "nothing else"), "asm.s changed", ""},
	} {
		back := tt.spoil()
		cfg := d.cfg
		var said []string
		cfg.Debug = func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
		d.b = NewBuilder(cfg)
		d.g = nil
		d.load()
		d.b.Restore(d.g)
		isRestored := d.b.directState().phase == prepared
		words := strings.Join(said, "\n")
		if wanted := tt.want == "" && tt.name != "a profile"; isRestored != wanted || !strings.Contains(words, tt.want) {
			t.Errorf("%s: restored %v: %s", tt.name, isRestored, words)
		}
		if tt.build != "" {
			first := d.b.Start(Plan{Way: WayGo}, nil, nil).Result()
			if first.Exe == nil {
				t.Fatalf("%s: %+v", tt.name, first)
			}
			d.running = first.Exe
			undo := source("lib/lib.go", "*i", "*i*i")()
			c := depgraph.Classify(d.g, nil)
			d.g = d.g.Update(c)
			r := d.b.Start(NewPlan(&c, d.b.Known()), d.running, nil).Result()
			if r.How != tt.build || r.Exe == nil {
				t.Errorf("%s: it was built so: %+v\n%s", tt.name, r, strings.Join(said, "\n"))
			}
			r.Exe.Remove()
			undo()
			d.running.Remove()
		}
		d.b.Close()
		back()
	}
}

// sumOf returns the name of a text.
func (d *desk) sumOf(name string) string {
	d.t.Helper()
	b, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		d.t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(b))
}

// TestNamedSetOutlivesGorun has another process make the named set: this gorun changes over to it, also one that
// has ended meanwhile finds it, and the next one begins with it.
func TestNamedSetOutlivesGorun(t *testing.T) {
	longtest.Skip(t) // it builds the standard library once more
	const function = "func more(n int) string { count += n; defer func() { count-- }(); return \"more \" }\n\nfunc Small()"
	make := func(d *savingDesk) {
		t.Helper()
		b := NewBuilder(d.cfg)
		defer b.Close()
		if changed, err := b.MakeNamedSet(t.Context(), d.g); err != nil || !changed {
			t.Fatalf("changed %v, %v", changed, err)
		}
	}
	for _, ended := range []bool{false, true} {
		d := newSavingDesk(t)
		d.idle("the session is saved")
		if ended {
			d.b.Close()
			make(d)
			d.restart()
			if plan, r := d.confirm(); plan.Way != WayGo || !r.Same {
				t.Errorf("%v, %+v", plan, r)
			}
		} else {
			asked := 0
			d.b.cfg.NamedSetAfter = time.Hour
			d.b.cfg.MakeNamedSet = func(context.Context) error { asked++; return nil }
			d.idle("with the named set")
			d.b.Idle(d.g, d.running)
			<-d.b.idleWork.done
			if asked > 1 {
				t.Errorf("asked %d times", asked)
			}
			d.restart()
		}
		if s := d.b.directState(); !s.named {
			t.Fatalf("ended %v: %v", ended, s)
		}
		if plan, r := d.edit("lib/lib.go", "func Small()", function); r.How != "1 package direct" || !r.Exe.outcome.Named() {
			t.Fatalf("ended %v: a function: %v, %+v", ended, plan, r)
		}
		d.b.cfg.VerifyAfter = time.Hour
		d.b.Idle(d.g, d.running)
		d.await("the session is saved")
		d.restart()
		d.b.cfg.VerifyAfter = time.Millisecond
		if plan, r := d.confirm(); plan.Way != WayDirect || !r.Same {
			t.Errorf("ended %v: not recognized: %v, %+v", ended, plan, r)
		}
		d.idle("verified in")
		if r := d.recorded; !r.Exact || r.Exe == d.running {
			t.Errorf("ended %v: recorded: %+v", ended, r)
		}
		info, err := buildinfo.ReadFile(d.recorded.Exe.Path)
		if err != nil || strings.Contains(info.String(), "linkshared") {
			t.Errorf("ended %v: what is recorded is not go run's: %v, %v", ended, info, err)
		}
		d.noAlarm()
	}
}
