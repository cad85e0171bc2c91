package console_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/console"
)

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts console.Options
		want string
	}{
		{"pipe", console.Options{Term: "xterm"}, "gorun: lib/lib.go: swapped\n"},
		{"terminal", console.Options{Terminal: true, Term: "xterm"}, "\x1b[2mgorun:\x1b[0m lib/lib.go: swapped\n"},
		{"dumb terminal", console.Options{Terminal: true, Term: "dumb"}, "gorun: lib/lib.go: swapped\n"},
		{"NO_COLOR", console.Options{Terminal: true, Term: "xterm", NoColor: "1"}, "gorun: lib/lib.go: swapped\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			console.New(&b, tt.opts).Say("%s: swapped", "lib/lib.go")
			if got := b.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHintIsIndented(t *testing.T) {
	var b bytes.Buffer
	console.New(&b, console.Options{}).Fail("no room\nfree some\n")
	if got, want := b.String(), "gorun: no room\n\tfree some\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOutputPassesBytes(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "",
		"# m\n./x.go:1:2: no": "# m\n./x.go:1:2: no\n",
		"\xff\x00\x1b[1m\n":   "\xff\x00\x1b[1m\n",
	} {
		var b bytes.Buffer
		console.New(&b, console.Options{}).Output([]byte(in))
		if got := b.String(); got != want {
			t.Errorf("Output(%q) wrote %q, want %q", in, got, want)
		}
	}
}

func TestLinesOfAHook(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	for _, tt := range []struct {
		name   string
		writes []string
		want   string
	}{
		{"whole", []string{"one\ntwo\n"}, "gorun: h: one\ngorun: h: two\n"},
		{"in pieces", []string{"on", "e", "\n\ntwo\r\n"}, "gorun: h: one\ngorun: h: \ngorun: h: two\n"},
		{"without an end", []string{"one\ntw", "o"}, "gorun: h: one\ngorun: h: two\n"},
		{"nothing", nil, ""},
		{"too long", []string{long + "y\n"}, "gorun: h: " + long + "\ngorun: h: y\n"},
		{"verbs", []string{"100%d\n"}, "gorun: h: 100%d\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			w := console.New(&b, console.Options{}).Lines("h")
			for _, s := range tt.writes {
				if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
					t.Fatal(n, err)
				}
			}
			w.Close()
			if got := b.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLinesComeAtOnce shows that a line is printed when it is complete, not when
// more has come.
func TestLinesComeAtOnce(t *testing.T) {
	var b bytes.Buffer
	w := console.New(&b, console.Options{}).Lines("h")
	w.Write([]byte("one\ntw"))
	if got, want := b.String(), "gorun: h: one\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDebugTopics(t *testing.T) {
	var b bytes.Buffer
	c := console.New(&b, console.Options{Debug: "watch,plan"})
	c.Debug("plan")("one %d", 1)
	c.Debug("exec")("two")
	if got, want := b.String(), "gorun: plan: one 1\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b.Reset()
	console.New(&b, console.Options{Debug: "wacth"})
	if got := b.String(); !strings.Contains(got, `no topic "wacth"`) ||
		!strings.Contains(got, "watch, plan, exec, phase") {
		t.Errorf("an unknown topic went by: %q", got)
	}
}

func TestQuietAndBell(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		var b strings.Builder
		c := console.New(&b, console.Options{Terminal: terminal, NoColor: "1", Debug: "plan"})
		c.Quiet()
		c.Say("news")
		c.Fail("trouble")
		c.Output([]byte("words"))
		c.Debug("plan")("asked for")
		c.Bell()
		want := "gorun: trouble\nwords\ngorun: plan: asked for\n"
		if terminal {
			want += "\a"
		}
		if b.String() != want {
			t.Errorf("got %q, want %q", b.String(), want)
		}
	}
}
