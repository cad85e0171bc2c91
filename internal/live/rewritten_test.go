package live

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

// What changes again and again by itself is told once; what a person saves is not.
func TestRewritten(t *testing.T) {
	const begin = "given begin; loaded; built; ready 1\n\n"
	saves := func(n int, after string) string {
		return begin + strings.Repeat("save main.go\nwait 250ms\n"+after+"----\n\n", n)
	}
	restarts := func(wait string) string {
		var s strings.Builder
		s.WriteString(begin)
		for id := 1; id <= 8; id++ {
			fmt.Fprintf(&s, "wait %s\nsave .env\nwait 10ms\nexit %d terminated\nready %d\n----\n\n", wait, id, id+1)
		}
		return s.String()
	}
	swaps := begin
	for id := 1; id <= 60; id++ {
		swaps += fmt.Sprintf("save main.go\nwait 250ms\nbuilt\nexit %d terminated\nready %d\n----\n\n", id, id+1)
	}
	const (
		changes = "say main.go: changes all the time, and the build begins again"
		starts  = "say .env: changes each time the program starts"
	)
	for _, tt := range []struct {
		name, story, line string
		times             int
	}{
		{"no build ends", saves(60, ""), changes, 1},
		{"no build ends yet", saves(40, ""), changes, 0},
		{"each build ends", swaps, changes, 0},
		{"each start", restarts("10ms"), starts, 1},
		{"now and then", restarts("1s"), starts, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			synctest.Test(t, func(t *testing.T) { got = play(t, tt.story) })
			if n := strings.Count(got, tt.line); n != tt.times {
				t.Errorf("told %d times, want %d: %q\n%s", n, tt.times, tt.line, got)
			}
			if strings.Contains(tt.story, "exit 8 ") && !strings.Contains(got, "start 9 v") {
				t.Errorf("not every change was acted on:\n%s", got)
			}
		})
	}
}
