package console_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/console"
)

// Names and words from outside, and what a terminal may get of them.
var hostile = []struct{ in, own, tools string }{
	{"a\x1b[2Jb", `a\x1b[2Jb`, `a\x1b[2Jb`},
	{"a\x1b]0;title\x07", `a\x1b]0;title\x07`, `a\x1b]0;title\x07`},
	{"a\x1b[31mred\x1b[0m", `a\x1b[31mred\x1b[0m`, "a\x1b[31mred\x1b[0m"},
	{"a\x1b[31", `a\x1b[31`, `a\x1b[31`},
	{"a\rgorun: b", `a\x0dgorun: b`, `a\x0dgorun: b`},
	{"\u009b2J", `\u009b2J`, `\u009b2J`},
	{"\u202egnp.exe", `\u202egnp.exe`, `\u202egnp.exe`},
	{"\xff", `\xff`, `\xff`},
	{"größe\t日本", "größe\t日本", "größe\t日本"},
}

func TestATerminalGetsNoOrders(t *testing.T) {
	for _, tt := range hostile {
		var b bytes.Buffer
		c := console.New(&b, console.Options{Terminal: true, NoColor: "1", Debug: "plan"})
		w := c.Lines("hook")
		check := func(what, want string) {
			t.Helper()
			if got := b.String(); got != want {
				t.Errorf("%s of %q: got %q, want %q", what, tt.in, got, want)
			}
			b.Reset()
		}
		c.Say("%s: swapped", tt.in)
		check("Say", "gorun: "+tt.own+": swapped\n")
		c.Fail("%v", errors.New(tt.in))
		check("Fail", "gorun: "+tt.own+"\n")
		c.Debug("plan")("%s", tt.in)
		check("Debug", "gorun: plan: "+tt.own+"\n")
		c.Output([]byte(tt.in))
		check("Output", tt.tools+"\n")
		w.Write([]byte(tt.in + "\n"))
		want := "gorun: hook: " + tt.tools
		if strings.Contains(want, "\x1b") {
			want += "\x1b[0m"
		}
		check("Lines", want+"\n")
	}
}

// A file gets the bytes of other tools as they are, and gorun's own lines escaped.
func TestAFileGetsBytes(t *testing.T) {
	for _, tt := range hostile {
		var b bytes.Buffer
		c := console.New(&b, console.Options{})
		c.Say("%s", tt.in)
		c.Output([]byte(tt.in))
		if got, want := b.String(), "gorun: "+tt.own+"\n"+tt.in+"\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A newline in a name begins no line that could be taken for one of gorun's.
func TestANameForgesNoLine(t *testing.T) {
	var b bytes.Buffer
	c := console.New(&b, console.Options{})
	c.Say("%s: swapped", "a\ngorun: b.go")
	for _, line := range strings.Split(strings.TrimRight(b.String(), "\n"), "\n")[1:] {
		if strings.HasPrefix(line, "gorun: ") {
			t.Errorf("a name made the line %q", line)
		}
	}
}

func TestRawMode(t *testing.T) {
	raw := false
	var b bytes.Buffer
	c := console.New(&b, console.Options{Terminal: true, NoColor: "1", Raw: func() bool { return raw }})
	c.Fail("one\ntwo")
	raw = true
	c.Fail("three\nfour")
	c.Output([]byte("# m\nx.go:1:1: no"))
	raw = false
	c.Say("five")
	want := "gorun: one\n\ttwo\n\r\ngorun: three\r\n\tfour\r\n\r\n# m\r\nx.go:1:1: no\r\ngorun: five\n"
	if got := b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
