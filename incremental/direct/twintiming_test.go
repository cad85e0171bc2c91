package direct

import (
	"testing"
	"time"

	"github.com/gorun-dev/gorun/incremental/recipe"
)

func TestPace(t *testing.T) {
	twin := func(path string) Compile {
		return Compile{Step: &recipe.Step{ImportPath: path}, Twin: true}
	}
	real := func(path string) Compile {
		return Compile{Step: &recipe.Step{ImportPath: path}}
	}
	p := newTimings()
	p.link = 1700 * time.Millisecond
	if p.startsAtOnce(roomForTwo-1, twin("large")) {
		t.Error("early, though nothing is known")
	}
	p.compiled(real("large"), 1400*time.Millisecond)
	p.compiled(real("small"), 700*time.Millisecond)
	p.compiled(real("local"), 1400*time.Millisecond)
	p.compiled(twin("small"), time.Hour)
	laid := twinSet{plan: map[string]Twin{"large": {}, "small": {}, "local": {}}}
	p.twins(laid, &Plan{Twins: []string{"large", "small"}})
	for path, want := range map[string]bool{"large": true, "small": false, "local": false} {
		if got := p.startsAtOnce(roomForTwo-1, twin(path)); got != want {
			t.Errorf("%s: early %v, want %v", path, got, want)
		}
		if !p.startsAtOnce(roomForTwo, twin(path)) {
			t.Errorf("%s: not early, with a processor for it", path)
		}
	}
	p.twins(laid, &Plan{Twins: []string{"small"}})
	if p.startsAtOnce(roomForTwo-1, twin("large")) {
		t.Error("early, though the last twin was of no use")
	}
}
