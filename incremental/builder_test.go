package incremental

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// A project is a module in a directory of its own.
type project struct {
	t       *testing.T
	dir     string
	gocache string
	b       *Builder
}

func newProject(t *testing.T) *project {
	t.Helper()
	goCmd, err := gocmd.Find(os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	env, err := gocmd.Env(t.Context(), goCmd, "", os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	p := &project{t: t, dir: t.TempDir(), gocache: env["GOCACHE"]}
	store, err := OpenStore(filepath.Join(t.TempDir(), "store of gorun"))
	if err != nil {
		t.Fatal(err)
	}
	p.write("go.mod", "module example.com/m\n\ngo 1.26\n")
	p.b = NewBuilder(Config{
		Go: goCmd, Dir: p.dir,
		Env:      environ.Set(os.Environ(), "PWD="+p.dir, "GOFLAGS=", "GOWORK=off"),
		Patterns: []string{"."}, Store: store,
		GoCache: func() string { return p.gocache },
		Debug:   t.Logf,
	})
	t.Cleanup(p.b.Close)
	return p
}

func (p *project) write(name, content string) {
	p.t.Helper()
	file := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		p.t.Fatal(err)
	}
}

// say makes a program that needs little of the standard library.
func (p *project) say(text, comment string) {
	p.write("main.go", "package main\n\n// "+comment+"\nfunc main() { println("+`"`+text+`"`+") }\n")
}

func (p *project) build(change *depgraph.Change, running *Executable) Result {
	p.t.Helper()
	r := p.b.Start(NewPlan(change, p.b.Known()), running, nil).Result()
	if r.Exe != nil {
		p.t.Cleanup(r.Exe.Remove)
	}
	return r
}

func (p *project) prints(e *Executable) string {
	p.t.Helper()
	out, err := osexec.Command(e.Path).CombinedOutput()
	if err != nil {
		p.t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// cached reports whether GOCACHE holds the executable: under its SHA-256.
func (p *project) cached(e *Executable) bool {
	p.t.Helper()
	content, err := os.ReadFile(e.Path)
	if err != nil {
		p.t.Fatal(err)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(content))
	_, err = os.Stat(filepath.Join(p.gocache, sum[:2], sum+"-d"))
	return err == nil
}

var changed = &depgraph.Change{Kind: depgraph.Rebuild, Details: []depgraph.Detail{
	{Path: "main.go", Kind: depgraph.Rebuild, Reason: "content changed"},
}}

func TestBuilds(t *testing.T) {
	// What this run links is in no cache yet.
	unique := t.TempDir()
	p := newProject(t)
	p.say("one "+unique, "")
	first := p.build(nil, nil)
	if first.Err != nil || first.Status != 0 {
		t.Fatalf("status %d, error %v: %s", first.Status, first.Err, first.Output)
	}
	if got := p.prints(first.Exe); got != "one "+unique {
		t.Errorf("the first executable prints %q", got)
	}
	if base := filepath.Base(first.Exe.Path); base != "m" {
		t.Errorf("the executable is called %q, go run calls it m", base)
	}
	if !strings.Contains(first.Exe.PATH, string(filepath.Separator)+"bin") {
		t.Errorf("started with PATH %q", first.Exe.PATH)
	}
	if c := first.Exe.Environ; len(c.Set)+len(c.Unset) > 0 {
		t.Errorf("the go command sets %q and unsets %q", c.Set, c.Unset)
	}
	if !p.cached(first.Exe) {
		t.Fatal("the go command kept no executable in GOCACHE: the test of what gorun takes out of it shows nothing")
	}

	p.say("one "+unique, "a comment")
	if r := p.build(changed, first.Exe); !r.Same || r.Exe != nil {
		t.Errorf("a comment made another executable: %+v", r)
	}

	p.say("two "+unique, "")
	second := p.build(changed, first.Exe)
	if second.Exe == nil || p.prints(second.Exe) != "two "+unique {
		t.Fatalf("the second build: %+v %s", second, second.Output)
	}
	p.b.cleanup.Wait()
	if p.cached(second.Exe) {
		t.Error("GOCACHE keeps the executable of a reload")
	}

	p.write("main.go", "package main\n\nfunc main() { undefined() }\n")
	broken := p.build(changed, second.Exe)
	said := string(broken.Output)
	if broken.Status == 0 || broken.Exe != nil || !strings.Contains(said, "./main.go:3:15: undefined: undefined") {
		t.Errorf("a broken build: status %d, said %q", broken.Status, said)
	}
}

// TestStartCancelsTheBuildBefore shows that a newer build's result is of the
// newer files, and that the older one ends as superseded.
func TestStartCancelsTheBuildBefore(t *testing.T) {
	p := newProject(t)
	p.say("old", "")
	old := p.b.Start(NewPlan(nil, Known{}), nil, nil)
	p.say("new", "")
	r := p.build(changed, nil)
	if r.Exe == nil || p.prints(r.Exe) != "new" {
		t.Fatalf("the newer build: %+v %s", r, r.Output)
	}
	if r := old.Result(); !errors.Is(r.Err, ErrSuperseded) || r.Exe != nil {
		t.Errorf("the older build: %+v", r)
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"/usr/bin/gorun":    "/usr/bin/gorun",
		"/my tools/gorun":   "'/my tools/gorun'",
		"/it's/gorun":       `"/it's/gorun"`,
		`/"quoted"/gorun`:   `'/"quoted"/gorun'`,
		"/tabs\tand\nlines": "'/tabs\tand\nlines'",
	} {
		got, err := quote(in)
		if err != nil || got != want {
			t.Errorf("quote(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	if _, err := quote(`/it's "both"`); err == nil {
		t.Error("a word with both kinds of quotes went through")
	}
}
