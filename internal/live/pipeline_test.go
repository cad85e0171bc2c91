package live

import (
	"fmt"
	"testing"
	"time"
)

func TestPipelineCancels(t *testing.T) {
	for _, c := range []struct {
		stage              stage
		cancel, abandon    string
		preparing, isBuild bool
	}{
		{stageIdle, "[]", "[]", false, false},
		{stageGenerate, "[cancel step]", "[abandon step]", true, false},
		{stageBeforeBuild, "[cancel step]", "[abandon step]", true, false},
		{stageRegenerate, "[cancel step]", "[abandon step]", true, false},
		{stageBuild, "[cancel build]", "[abandon build]", false, true},
		{stageBuilt, "[cancel build]", "[abandon build]", false, true},
	} {
		p := pipeline{stage: c.stage}
		if got := fmt.Sprint(p.cancel()); got != c.cancel || p.stage != c.stage {
			t.Errorf("%v: cancel is %v, and then it is %v", c.stage, got, p.stage)
		}
		if p.preparing() != c.preparing || p.building() != c.isBuild || p.underway() == (c.stage == stageIdle) {
			t.Errorf("%v: preparing %t, building %t, underway %t", c.stage, p.preparing(), p.building(), p.underway())
		}
		if got := fmt.Sprint(p.abandon()); got != c.abandon || p.underway() {
			t.Errorf("%v: abandon is %v, and then it is %v", c.stage, got, p.stage)
		}
	}
}

// The result of a build waits for the end of a burst, and for the graph unless it is the
// first.
func TestPipelineUsesABuild(t *testing.T) {
	on := burst{time.Now()}
	for _, c := range []struct {
		p     pipeline
		b     burst
		graph bool
		want  bool
	}{
		{pipeline{stage: stageBuild}, burst{}, true, false},
		{pipeline{stage: stageBuilt}, burst{}, true, true},
		{pipeline{stage: stageBuilt}, on, true, false},
		{pipeline{stage: stageBuilt, loading: true}, burst{}, true, false},
		{pipeline{stage: stageBuilt, loading: true}, burst{}, false, true},
		{pipeline{stage: stageBeforeBuild}, burst{}, true, false},
	} {
		if got := c.p.usable(c.b, c.graph); got != c.want {
			t.Errorf("%v, loading %t, in a burst %t, graph %t: usable %t", c.p.stage, c.p.loading, c.b.on(), c.graph, got)
		}
	}
}

func TestPipelineLoads(t *testing.T) {
	p := pipeline{reload: true}
	if got := fmt.Sprint(p.load(nil)); got != "[load]" || p.reload || !p.loading {
		t.Errorf("load is %s, reload %t, loading %t", got, p.reload, p.loading)
	}
}

// before-build runs once more if files have changed during its first run, and not a third
// time, until somebody saves.
func TestBeforeBuildRuns(t *testing.T) {
	var b beforeBuild
	for i, c := range []struct{ saved, disturbed, again bool }{
		{true, false, false},
		{true, true, true},
		{false, true, false}, // what changes in the second run is built as it is
		{true, true, true},
		{true, true, true}, // a save begins anew
		{false, false, false},
	} {
		if c.saved {
			b.saved()
		}
		b.disturbed = b.disturbed || c.disturbed
		outdated := b.outdated()
		if again := b.again(); again != c.again || outdated != again {
			t.Errorf("run %d: outdated %t, again %t", i, outdated, again)
		}
	}
}
