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
	if got := b.String(); !strings.Contains(got, `no topic "wacth"`) || !strings.Contains(got, "watch, plan, exec") {
		t.Errorf("an unknown topic went by: %q", got)
	}
}
