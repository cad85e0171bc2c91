package incremental

import (
	"debug/buildinfo"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/longtest"
)

// TestNamedSet goes through a session that changes over to the named set: what is new in a
// package costs its importers no compile then, and the program is told of no flag.
func TestNamedSet(t *testing.T) {
	longtest.Skip(t) // it builds the standard library once more
	d := newDesk(t, nil)
	before, err := buildinfo.ReadFile(d.running.Path)
	if err != nil {
		t.Fatal(err)
	}
	d.idle("the direct way is prepared")
	d.b.cfg.NamedSetAfter = time.Hour
	d.b.Idle(d.g, d.running)
	// A save ends the wait for it.
	if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "1 package direct" {
		t.Fatalf("%+v", r)
	}
	d.b.cfg.NamedSetAfter = time.Millisecond
	d.b.Idle(d.g, d.running)
	d.await("building the named set")
	// And the building of it.
	if _, r := d.edit("lib/lib.go", "count += 2*i", "count += 3*i"); r.How != "1 package direct" || r.Exe == nil {
		t.Fatalf("%+v", r)
	}
	d.idle("with the named set")
	// Nothing is swapped for the sake of it.
	if _, r := d.edit("lib/lib.go", "// F cannot", "// F really cannot"); !r.Same || r.How != "1 package direct" {
		t.Errorf("a comment: %+v", r)
	}
	d.idle("verified in")
	for _, tt := range []struct{ name, file, from, to, output string }{
		{
			"a function", "lib/lib.go", "func Small()",
			"func more(n int) string { count += n; defer func() { count-- }(); return \"more \" }\n\nfunc Small()",
			"TEXT 1",
		},
		{"its use", "lib/lib.go", "return strings.ToUpper", "return more(n) + strings.ToUpper", "more TEXT 1"},
		{
			"a closure", "lib/lib.go", "for i := range n {",
			"g := func(i int) { count += i; defer func() { count-- }() }\n\tfor i := range n {\n\t\tg(i)",
			"more TEXT 1",
		},
		{
			"a type", "lib/lib.go", "// F really",
			"type word string\n\nfunc (w word) String() string { return string(w) }\n\n" +
				"var _ interface{ String() string } = word(\"\")\n\n// F really",
			"more TEXT 1",
		},
	} {
		_, r := d.edit(tt.file, tt.from, tt.to)
		if r.How != "1 package direct" || r.Exe == nil || !r.Exe.outcome.Named() {
			t.Fatalf("%s: %+v", tt.name, r)
		}
		if got := d.prints(d.running); got != tt.output {
			t.Errorf("%s: it prints %q", tt.name, got)
		}
		after, err := buildinfo.ReadFile(d.running.Path)
		if err != nil || after.String() != before.String() || strings.Contains(after.String(), "linkshared") {
			t.Errorf("%s: build information\n%s, was\n%s (%v)", tt.name, after, before, err)
		}
		d.idle("verified in")
	}
	// Functions that come before it is verified, so that more than one is new to the importers.
	for i, name := range []string{"one", "two", "three"} {
		text := strings.ReplaceAll(`func one(list []string) []string {
	for _, s := range list {
		if s == "one" {
			return list
		}
	}
	return append(list, "one")
}

var _ = one(nil)

func Small()`, "one", name)
		if _, r := d.edit("lib/lib.go", "func Small()", text); r.How != "1 package direct" || r.Exe == nil {
			t.Errorf("function %d of several: %+v", i+1, r)
		}
	}
	d.idle("verified in")
	// go build, and what it leaves behind, knows nothing of it.
	_, r := d.edit("lib/more.go", "import \"strings\"", "import (\n\t\"strings\"\n\t_ \"os\"\n)")
	if r.How != "go build" || r.Exe == nil {
		t.Errorf("an import: %+v", r)
	}
	d.idle("with the named set")
	select {
	case a := <-d.b.Alarms():
		t.Errorf("alarm: %+v", a)
	default:
	}
}

// TestNoNamedSet shows where they are left out, and that it is said.
func TestNoNamedSet(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*Config)
		want string
	}{
		{"-engine=exact", func(c *Config) { c.Engine = EngineExact }, "lines must be exact"},
		{"-gcflags", func(c *Config) { c.Flags = []string{"-gcflags=-N"} }, "with -gcflags"},
		{"GOFLAGS", func(c *Config) {
			c.Env = append([]string{"GOFLAGS=-gcflags=-N"}, c.Env...)
		}, "with -gcflags in GOFLAGS"},
		{"few importers", func(c *Config) { c.Patterns = []string{"./left/alone"} }, "for 2 importers"},
	} {
		d := newDesk(t, func(c *Config) {
			c.NamedSetAfter = time.Millisecond
			tt.edit(c)
		})
		d.idle("no named set")
		if s := d.b.directState(); s.phase != prepared || s.named || !strings.Contains(s.noNamedSet, tt.want) {
			t.Errorf("%s: %v", tt.name, s)
		}
	}
}
