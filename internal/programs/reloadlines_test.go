package programs

import (
	"slices"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/live"
)

func TestReloadLines(t *testing.T) {
	line := func(reason, outcome string, took time.Duration) live.Reloaded {
		return live.Reloaded{Reason: reason, Outcome: outcome, Took: took * time.Millisecond}
	}
	var r reloadLines
	r.begin("worker")
	r.begin("api")
	r.begin("cron")
	r.add("worker", line("lib/lib.go", "swapped", 610))
	r.rests("worker")
	if r.complete() {
		t.Error("complete while api and cron are under way")
	}
	r.add("cron", line("lib/lib.go", "same program, not restarted", 300))
	r.rests("cron")
	r.add("api", line("lib/lib.go", "swapped", 500))
	r.rests("api")
	if !r.complete() {
		t.Error("not complete when all rest")
	}
	want := []string{"lib/lib.go: api, worker swapped, cron same program, not restarted in 610ms"}
	if got := r.take(); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if r.some() || r.complete() {
		t.Error("lines are left")
	}

	// A program that is to become ready says its line then, and that of others waits for it.
	r.begin("api")
	r.begin("worker")
	r.started("api")
	r.started("worker")
	r.rests("api")
	r.add("worker", line("lib/lib.go", "swapped", 610))
	r.rests("worker")
	if r.complete() {
		t.Error("complete while api is not ready")
	}
	r.add("api", line("lib/lib.go", "swapped", 900))
	if got := r.take(); r.complete() || !slices.Equal(got, []string{"lib/lib.go: api, worker swapped in 900ms"}) {
		t.Errorf("got %q", got)
	}
	r.begin("api")
	r.started("api")
	r.rests("api")
	r.ended("api") // it was not ready in time
	r.add("worker", line("w.go", "swapped", 1))
	if !r.complete() {
		t.Error("a program that has failed keeps lines of others back")
	}
	r.take()

	// A build that has failed has no line here; other reasons have lines of their own.
	r.begin("api")
	r.begin("worker")
	r.rests("worker")
	r.add("api", line("lib/lib.go (+1)", "swapped", 5))
	r.add("cron", line("a.txt", "restarted", 7))
	r.rests("api")
	want = []string{"lib/lib.go (+1): api swapped in 5ms", "a.txt: cron restarted in 7ms"}
	if got := r.take(); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
