package tell

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/event"
)

func TestPrintStatus(t *testing.T) {
	now := time.Now()
	s := &event.Status{
		Version: "v1.2.3", Pid: 7, Since: now.Add(-time.Hour), Dir: "/m", Package: []string{"./cmd/app"},
		State: "running", Profile: "dev",
		Program: &event.Process{Pid: 8, Since: now.Add(-time.Minute), Ready: true, Ports: []string{"127.0.0.1:80"}},
		Reload: &event.Reload{
			Number: 3, Time: now.Add(-2 * time.Second), Event: event.Failed, Elapsed: 0.4121, Reason: "main.go",
			Errors: []event.Error{{File: "/m/main.go", Line: 3, Message: "no\nnever"}},
		},
		Watched: []string{"/m", "/m/cmd/app"},
	}
	var b strings.Builder
	PrintStatus(&b, s, now)
	want := `state    running
package  ./cmd/app in /m
profile  dev
program  pid 8, ready, for 1m0s
port     127.0.0.1:80
reload   3: main.go: failed in 412ms, 2s ago
error    /m/main.go:3: no never
gorun    pid 7, v1.2.3, for 1h0m0s
watched  2 directories
         /m
         /m/cmd/app
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// What comes from outside gives the terminal no orders, and makes no lines.
func TestStatusOfOddNames(t *testing.T) {
	const odd = "a\x1b[2J\nstate    stopped\u009b\xff\u202e"
	var b strings.Builder
	PrintStatus(&b, &event.Status{
		State: "waiting", Dir: "/" + odd, Package: []string{odd, "./ok", "with space"}, Profile: odd,
		Reload: &event.Reload{
			Reason: odd, Event: event.Failed, Errors: []event.Error{{File: odd, Line: 1,
				Message: "undefined: \x1b]0;x\a" + odd}},
		},
		Watched: []string{odd},
	}, time.Now())
	for line := range strings.Lines(b.String()) {
		text := strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) && r != '\t' }) {
			t.Errorf("raw: %q", text)
		}
		if strings.HasPrefix(text, "state    stopped") {
			t.Errorf("a forged line: %q", text)
		}
	}
	if !strings.Contains(b.String(), "./ok with space in ") {
		t.Errorf("plain names are quoted:\n%s", b.String())
	}
}
