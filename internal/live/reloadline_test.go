package live

import (
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/event"
)

func TestLabelsAreQuotedWhereNeeded(t *testing.T) {
	for _, c := range []struct {
		paths []string
		want  string
	}{
		{[]string{"/m/main.go"}, "main.go"},
		{[]string{"/m/grün/été.go"}, "grün/été.go"},
		{[]string{"/m/a b.go"}, `"a b.go"`},
		{[]string{"/m/a b.go", "/m/c d.go"}, `"a b.go" (+1)`},
		{[]string{`/m/say"no".go`}, `"say\"no\".go"`},
		{[]string{"/m/it's.go"}, `"it's.go"`},
		{[]string{"/m/\x1b[2J.go"}, `"\x1b[2J.go"`},
		{[]string{"/m/a\ngorun: done"}, `"a\ngorun: done"`},
		{[]string{"/m/\u202egpj.go"}, `"\u202egpj.go"`}, // turns the text around
		{[]string{"/m/\xff.go"}, `"\xff.go"`},
		{[]string{"/elsewhere/a b.go"}, `"/elsewhere/a b.go"`},
		{[]string{`/m/back\slash.go`}, `back\slash.go`},
		{[]string{"-tell rebuild"}, "-tell rebuild"}, // no file
	} {
		change := depgraph.Change{Kind: rebuilds}
		for _, path := range c.paths {
			change.Details = append(change.Details, depgraph.Detail{Path: path, Kind: rebuilds})
		}
		got := label(&change, "/m")
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.paths, got, c.want)
		}
		name := strings.TrimPrefix(c.paths[0], "/m/")
		if len(c.paths) > 1 {
			name += " (+1)"
		}
		if raw := plainReason(got); raw != name {
			t.Errorf("%s stands for %q, want %q", got, raw, name)
		}
	}
}

// What a person reads is quoted, what a hook is told is not.
func TestAnOddNameIsQuotedForPeopleAndNotForHooks(t *testing.T) {
	const file, quoted = "/m/a b\n.go", `"a b\n.go"`
	testHooks(t, BeforeBuild+" "+BeforeStart, Settings{}, func(t *testing.T, w *world) {
		w.kinds[file] = rebuilds
		w.hookEnds(nil)
		w.built()
		w.hookEnds(nil)
		w.wantHooks("before-build start", "before-start start")
		w.save(file)
		w.pass(quietWindow)
		w.hookEnds(nil)
		w.built()
		w.hookEnds(nil)
		w.wantHooks("before-build a b\n.go", "before-start a b\n.go")
		w.wantSaid(quoted + ": go build, swapped in")
		told := 0
		for _, e := range w.events {
			switch e.Kind {
			case event.Change, event.Build, event.Swapped, event.Hook:
				if strings.Contains(e.Reason, "a b") {
					told++
					if e.Reason != quoted {
						t.Errorf("event %s: reason %q, want %q", e.Kind, e.Reason, quoted)
					}
				}
			}
		}
		if told != 5 { // change, two hooks, build, swapped
			t.Errorf("%d events name the file: %+v", told, w.events)
		}
		w.finish()
	})
}
