package incremental

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/incremental/ahead"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// aheadDesk is a desk at which a link waits for the next build.
func aheadDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t, func(c *Config) { c.LinkAhead = true })
	if !knownToolchain(t, d) {
		t.Skip("no link ahead with this toolchain")
	}
	d.idle("the direct way is prepared")
	if !d.b.ahead.Await(t.Context()) {
		t.Fatal("no link waits for the first edit")
	}
	return d
}

// knownToolchain reports whether there can be links ahead at all.
func knownToolchain(t *testing.T, d *desk) bool {
	t.Helper()
	vars, err := gocmd.Env(t.Context(), d.b.cfg.Go, d.dir, d.b.cfg.Env)
	if err != nil {
		t.Fatal(err)
	}
	return ahead.Known(vars["GOROOT"]) == nil
}

// A link that waits is used, verified as every other, and waits no longer when the recipe is out of date.
func TestLinkAhead(t *testing.T) {
	d := aheadDesk(t)
	if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "1 package direct" || !r.Exe.outcome.Ahead {
		t.Fatalf("a body: %+v", r)
	}
	if got := d.prints(d.running); got != "TEXT 1" {
		t.Errorf("it prints %q", got)
	}
	d.idle("verified in")
	if !d.b.ahead.Await(t.Context()) {
		t.Fatal("no link waits after the first")
	}
	if plan, r := d.edit("go.mod", "go 1.24", "go 1.25"); r.How != "go build" {
		t.Errorf("go.mod: %v, %+v", plan, r)
	}
	if d.b.ahead.Await(t.Context()) {
		t.Error("a link waits for a recipe that is out of date")
	}
	d.idle("the direct way is prepared")
	if !d.b.ahead.Await(t.Context()) {
		t.Error("no link waits for the new recipe")
	}
}

// Without the flag no link waits.
func TestNoLinkAhead(t *testing.T) {
	d := newDesk(t, nil)
	d.idle("the direct way is prepared")
	_, r := d.edit("lib/lib.go", "count += i", "count += 2*i")
	if r.Exe == nil || r.Exe.outcome.Ahead || d.b.ahead != nil {
		t.Errorf("%+v", r)
	}
}

// A link ahead that is not what the go command makes is reported with both executables, and is the last.
func TestLinkAheadMismatch(t *testing.T) {
	d := aheadDesk(t)
	_, r := d.edit("lib/lib.go", "count += i", "count += 2*i")
	if r.Exe == nil || !r.Exe.outcome.Ahead {
		t.Fatalf("%+v", r)
	}
	// What a fault of the linker could do: other text in the executable.
	text, err := os.ReadFile(d.running.Path)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndex(text, []byte("text"))
	text[i] ^= 1
	if err := os.Remove(d.running.Path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.running.Path, text, 0o700); err != nil {
		t.Fatal(err)
	}
	d.b.Idle(d.g, d.running)
	alarm := <-d.b.Alarms()
	<-d.b.idleWork.done
	report, err := os.ReadFile(alarm.Report)
	if err != nil || !strings.Contains(string(report), "It was linked ahead") {
		t.Errorf("the report says %s, %v", report, err)
	}
	kept, _ := filepath.Glob(filepath.Join(d.b.cfg.Store.cache, "ahead", "difference*", "*"))
	if len(kept) != 2 {
		t.Errorf("kept are %q", kept)
	}
	if d.b.ahead.Await(t.Context()) {
		t.Error("a link waits")
	}
}

// With -trimpath a build is direct, and linked ahead, as without.
func TestTrimpath(t *testing.T) {
	d := newDesk(t, func(c *Config) { c.Flags, c.LinkAhead = []string{"-trimpath"}, true })
	d.idle("the direct way is prepared")
	if !d.b.ahead.Await(t.Context()) && knownToolchain(t, d) {
		t.Fatal("no link waits for the first edit")
	}
	if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "1 package direct" {
		t.Errorf("%+v", r)
	}
	d.idle("verified in")
}
