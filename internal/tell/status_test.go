package tell

import (
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
