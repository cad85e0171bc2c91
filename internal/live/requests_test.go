package live

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/exec"
)

// Each request is answered once, by the first of what happens that decides it.
func TestRequests(t *testing.T) {
	ok, bad := exec.Outcome{}, exec.Outcome{Code: 3}
	type happens func(r *requests) []effect
	started := func(n int) happens { return func(r *requests) []effect { r.started(n); return nil } }
	overtaken := func(a, b int) happens { return func(r *requests) []effect { r.overtaken(a, b); return nil } }
	ready := func(n int) happens { return func(r *requests) []effect { return r.ready(n, "line") } }
	ended := func(n int, out exec.Outcome, another bool, next int) happens {
		return func(r *requests) []effect { return r.ended(n, out, another, next) }
	}
	fails := func(restart bool) happens {
		return func(r *requests) []effect { return r.failed("build failed", nil, restart) }
	}
	same := func(restart bool) happens { return func(r *requests) []effect { return r.unchanged("same", restart) } }
	ending := func(r *requests) []effect { return r.ending() }
	for i, c := range []struct {
		do     Do
		events []happens
		want   string
	}{
		{DoRestart, []happens{started(1), ready(1)}, "[answer restart: line]"},
		{DoRestart, []happens{ready(1)}, "[]"}, // it was started before
		{DoRestart, []happens{started(1), started(2), ready(2)}, "[]"},
		{DoRestart, []happens{started(1), overtaken(1, 2), ready(2)}, "[answer restart: line]"},
		{DoRestart, []happens{started(1), ended(1, bad, false, 0)},
			"[answer restart: no: the program ended before it was ready: exit status 3]"},
		{DoRestart, []happens{started(1), ended(1, ok, false, 0)}, "[answer restart: the program has ended: exit status 0]"},
		{DoRestart, []happens{started(1), ended(1, bad, true, 0), started(2), ready(2)}, "[answer restart: line]"},
		{DoRestart, []happens{started(1), ended(1, bad, true, 2), ready(2)}, "[answer restart: line]"},
		{DoRestart, []happens{fails(true)}, "[]"}, // the old version is started again
		{DoRestart, []happens{fails(false)}, "[answer restart: no: build failed]"},
		{DoRebuild, []happens{fails(true)}, "[answer rebuild: no: build failed]"},
		{DoRebuild, []happens{same(true)}, "[]"},
		{DoRebuild, []happens{same(false)}, "[answer rebuild: same]"},
		{DoRebuild, []happens{started(1), same(false)}, "[]"},
		{DoProfile, []happens{ending}, "[answer profile: no: gorun is ending]"},
		{DoProfile, []happens{started(1), ending}, "[]"},
		{DoStop, []happens{started(1), ready(1), fails(false), same(false), ending}, "[]"},
	} {
		var r requests
		r.add(Request{Do: c.do})
		var effects []effect
		for _, event := range c.events {
			effects = append(effects, event(&r)...)
		}
		if got := fmt.Sprint(effects); got != c.want {
			t.Errorf("%d: %s, want %s", i, got, c.want)
		}
		// What is not answered is answered at the end, and nothing twice.
		if last := r.close(""); len(effects)+len(last) != 1 || len(r.pending) != 0 {
			t.Errorf("%d: %d answers, then %v", i, len(effects), last)
		}
	}
}

func TestAStopIsNoSuccessWhereSomethingIsLeft(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		answer := make(chan Answer, 1)
		p := w.lastProgram()
		p.left = []exec.Survivor{{PID: 4711, Name: "sudo", User: "root"}}
		w.requests <- Request{Do: DoStop, Answer: answer}
		<-w.status
		if a := <-answer; !strings.Contains(a.Err, "4711") {
			t.Errorf("answered %+v, want what is left", a)
		}
	})
}
