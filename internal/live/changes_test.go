package live

import (
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
)

// changed is a change of files, of the kinds that their names say.
func changed(names ...string) depgraph.Change {
	var c depgraph.Change
	for _, name := range names {
		kind := rebuilds
		switch {
		case strings.HasSuffix(name, ".proto"):
			kind = generates
		case strings.HasSuffix(name, ".mod"):
			kind = reloads
		case strings.HasSuffix(name, ".md"):
			kind = depgraph.None
		}
		c.Kind = max(c.Kind, kind)
		c.Details = append(c.Details, depgraph.Detail{Path: "/m/" + name, Kind: kind})
	}
	return c
}

func TestChanges(t *testing.T) {
	v := func(upTo int) Version { return Version{upTo: upTo} }
	for _, c := range []struct {
		name  string
		do    func(c *changes)
		label string // of what is pending
		kind  depgraph.Kind
	}{
		{"nothing", func(*changes) {}, builtAgain, depgraph.None},
		{"two saves", func(c *changes) { c.merge(changed("a.go")); c.merge(changed("b.go")) }, "a.go (+1)", rebuilds},
		{"the same file twice", func(c *changes) { c.merge(changed("a.go")); c.merge(changed("a.go")) }, "a.go", rebuilds},
		{"a file that does not matter", func(c *changes) { c.merge(changed("x.md", "a.go")) }, "a.go", rebuilds},
		{"the graph", func(c *changes) { c.merge(changed("a.go")); c.merge(changed("go.mod")) }, "a.go (+1)", reloads},
		{"written by a step", func(c *changes) { c.merge(changed("a.proto")); c.absorb(changed("gen.go")) },
			"a.proto", rebuilds},
		{"nothing but what a step has written", func(c *changes) { c.absorb(changed("gen.go")) }, "gen.go", rebuilds},
		{"a step that has written nothing", func(c *changes) { c.absorb(changed("x.md")) }, builtAgain, depgraph.None},
		{"in the version that serves", func(c *changes) { c.merge(changed("a.go")); c.include(v(1)) },
			builtAgain, depgraph.None},
		{"newer than the version", func(c *changes) {
			c.merge(changed("a.go"))
			c.merge(changed("b.go"))
			c.include(v(1))
		}, "a.go (+1)", rebuilds},
		{"not built yet", func(c *changes) {
			c.merge(changed("a.go"))
			c.unbuilt = true
			c.include(v(1))
		}, "a.go", rebuilds},
		{"half of it is undone", func(c *changes) { c.merge(changed("a.go", "b.go")); c.narrow(changed("b.go")) },
			"b.go", rebuilds},
		{"undone, but for an input", func(c *changes) { c.merge(changed("a.proto", "a.go")); c.narrow(changed("b.go")) },
			"a.proto (+1)", rebuilds},
		{"an input whose directive has failed", func(c *changes) {
			c.merge(changed("a.proto", "a.go"))
			c.leaveOutInputs()
		}, "a.go", rebuilds},
		{"nothing but that", func(c *changes) { c.merge(changed("a.proto")); c.leaveOutInputs() }, builtAgain, depgraph.None},
		{"forgotten", func(c *changes) { c.merge(changed("a.go")); c.forget() }, builtAgain, depgraph.None},
	} {
		var ch changes
		c.do(&ch)
		kind := depgraph.None
		if ch.pending != nil {
			kind = ch.pending.Kind
		}
		if got := ch.label("/m"); got != c.label || kind != c.kind {
			t.Errorf("%s: %q is pending, kind %v; want %q, %v", c.name, got, kind, c.label, c.kind)
		}
	}
}

func TestBurst(t *testing.T) {
	began := time.Now()
	var b burst
	for _, c := range []struct{ at, want time.Duration }{
		{0, quietWindow},
		{5 * time.Millisecond, quietWindow},
		{burstLimit - 20*time.Millisecond, quietWindow},
		{burstLimit - 4*time.Millisecond, 4 * time.Millisecond}, // it does not go on for ever
		{burstLimit + time.Millisecond, -time.Millisecond},      // a timer that goes off at once
	} {
		if got := b.prolong(began.Add(c.at)); got != c.want || !b.on() {
			t.Errorf("after %v it goes on for %v, want %v", c.at, got, c.want)
		}
	}
	b.end()
	if b.on() {
		t.Error("it goes on after its end")
	}
	if got := b.prolong(began.Add(time.Hour)); got != quietWindow {
		t.Errorf("a new one goes on for %v", got)
	}
}
