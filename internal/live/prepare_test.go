package live

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/event"
)

// fakeGenerator has one directive, whose input is /m/api.proto.
type fakeGenerator struct {
	w        *world
	saved    int // how often its input was saved
	seen     int // saves that the directive last ran with, or failed with
	steps    []*fakeStep
	loaded   chan struct{}
	follows  int
	unknown  bool // nothing is known of it
	watching []string
}

func (w *world) generator() Generator {
	if w.gen == nil {
		return nil
	}
	return w.gen
}

func (w *world) generates() {
	w.gen = &fakeGenerator{w: w, loaded: make(chan struct{}), watching: []string{"/m/api"}}
}

func (g *fakeGenerator) Follow(Graph) {
	g.w.turn()
	g.follows++
}

func (g *fakeGenerator) Classify([]string) depgraph.Change {
	g.w.turn()
	if g.saved == g.seen {
		return depgraph.Change{}
	}
	return depgraph.Change{Kind: generates, Details: []depgraph.Detail{
		{Path: "/m/api.proto", Kind: generates, Reason: "input"},
	}}
}

func (g *fakeGenerator) WatchDirs() []string     { return g.watching }
func (g *fakeGenerator) Loaded() <-chan struct{} { return g.loaded }
func (g *fakeGenerator) Start() Step {
	if g.Classify(nil).Kind == depgraph.None {
		return nil
	}
	s := &fakeStep{g: g, done: make(chan struct{}), before: g.seen}
	g.seen = g.saved
	g.steps = append(g.steps, s)
	return s
}

func (g *fakeGenerator) StartUnknown() Step {
	if !g.unknown {
		return g.Start()
	}
	g.unknown = false
	s := &fakeStep{g: g, done: make(chan struct{}), before: g.seen}
	g.steps = append(g.steps, s)
	return s
}

type fakeStep struct {
	g         *fakeGenerator
	before    int
	done      chan struct{}
	result    StepResult
	cancelled bool
}

func (s *fakeStep) Done() <-chan struct{} { return s.done }
func (s *fakeStep) Result() StepResult    { return s.result }
func (s *fakeStep) end(r StepResult) {
	s.result = r
	close(s.done)
}
func (s *fakeStep) Cancel() {
	select {
	case <-s.done:
	default:
		s.cancelled = true
		s.g.seen = s.before
		s.end(StepResult{Err: context.Canceled})
	}
}

func (g *fakeGenerator) last() *fakeStep { return g.steps[len(g.steps)-1] }

// edit saves the directive's input.
func (g *fakeGenerator) edit() {
	g.saved++
	g.w.event("/m/api.proto")
}

// write is the directive writing a file of the build.
func (g *fakeGenerator) write(path string) {
	g.w.saved = append(g.w.saved[:g.w.disk.Load()], path)
	g.w.disk.Add(1)
}

// late reports a path whose content has been looked at already.
func (w *world) late(path string) {
	kind := w.kinds[path]
	w.kinds[path] = depgraph.None
	w.event(path)
	w.kinds[path] = kind
}

func (g *fakeGenerator) want(steps int) {
	g.w.t.Helper()
	if len(g.steps) != steps {
		g.w.t.Fatalf("%d steps, want %d; log: %q", len(g.steps), steps, g.w.sayings())
	}
}

func (g *fakeGenerator) generated() {
	g.last().end(StepResult{How: "generated"})
	synctest.Wait()
}

func generate(t *testing.T, f func(t *testing.T, w *world, g *fakeGenerator)) {
	t.Helper()
	test(t, func(t *testing.T, w *world) {
		w.generates()
		w.run(Settings{})
		w.built()
		w.gen.want(0)
		f(t, w, w.gen)
	})
}

func TestGeneratesThenBuildsThenSwapsOnce(t *testing.T) {
	generate(t, func(t *testing.T, w *world, g *fakeGenerator) {
		g.edit()
		g.want(0) // the file may be half written
		w.pass(quietWindow)
		g.want(1)
		w.want(1, 1)
		w.pass(time.Second) // as long as it takes
		w.want(1, 1)
		g.write("/m/lib.go")
		w.event("/m/lib.go")
		w.want(1, 1)
		g.generated()
		w.want(2, 1)
		w.late("/m/lib.go") // what was written is known
		w.pass(quietWindow)
		w.built()
		w.want(2, 2)
		g.want(1)
		w.wantSaid("api.proto: generated, go build, swapped in 1.02s")
		w.pass(2 * missedEvents)
		w.want(2, 2)
		g.want(1)
		w.finish()
	})
}

func TestNothingGeneratedNothingBuilt(t *testing.T) {
	generate(t, func(t *testing.T, w *world, g *fakeGenerator) {
		g.edit()
		w.pass(quietWindow)
		g.generated()
		w.want(1, 1)
		w.wantSaid("api.proto: generated, same program, not restarted (10ms)")
		w.save("/m/main.go") // and the next one is a reload like any other
		w.pass(quietWindow)
		w.built()
		w.want(2, 2)
		g.want(1)
		w.wantSaid("main.go: go build, swapped in")
		w.finish()
	})
}

func TestSaveDuringGeneratingStartsOver(t *testing.T) {
	generate(t, func(t *testing.T, w *world, g *fakeGenerator) {
		g.edit()
		w.pass(time.Second)
		g.want(1)
		g.edit()
		if !g.last().cancelled {
			t.Error("the first was not cancelled")
		}
		g.edit()
		g.want(1)
		w.pass(quietWindow)
		g.want(2)
		g.write("/m/lib.go")
		g.generated()
		w.built()
		w.want(2, 2)
		w.finish()
	})
}

func TestOtherSaveDuringGeneratingIsBuiltWithIt(t *testing.T) {
	generate(t, func(t *testing.T, w *world, g *fakeGenerator) {
		g.edit()
		w.pass(time.Second)
		w.save("/m/main.go")
		w.pass(time.Second)
		g.want(1)
		w.want(1, 1)
		g.generated()
		w.want(2, 1)
		w.built()
		w.want(2, 2)
		w.finish()
	})
}

func TestInputSavedDuringTheBuildGeneratesAgain(t *testing.T) {
	generate(t, func(t *testing.T, w *world, g *fakeGenerator) {
		g.edit()
		w.pass(quietWindow)
		g.write("/m/lib.go")
		g.generated()
		w.want(2, 1)
		g.edit()
		if !w.builds[1].cancelled {
			t.Error("the build was not cancelled")
		}
		w.pass(quietWindow)
		g.want(2)
		g.generated()
		w.want(3, 1)
		g.saved++ // this one without an event: it is looked for when the build has ended
		w.built()
		w.want(3, 1)
		w.pass(quietWindow)
		g.want(3)
		g.generated()
		w.built()
		w.want(4, 2)
		w.finish()
	})
}

func TestFailedDirectiveLeavesProgramAndBuildAlone(t *testing.T) {
	generate(t, func(t *testing.T, w *world, g *fakeGenerator) {
		g.edit()
		w.pass(quietWindow)
		g.write("/m/lib.go") // half of it
		g.last().end(StepResult{Err: errors.New("go:generate at api.go:3 failed"), Output: []byte("api.proto:1: no")})
		synctest.Wait()
		w.late("/m/lib.go")
		w.pass(2 * missedEvents)
		w.want(1, 1)
		g.want(1)
		w.wantSaid("api.proto:1: no")
		w.wantSaid("go:generate at api.go:3 failed; the program runs on")
		if got := w.lastProgram().received(); len(got) != 0 {
			t.Errorf("the program got %v", got)
		}
		w.save("/m/main.go") // has nothing to do with it
		w.pass(quietWindow)
		w.built()
		w.want(2, 2)
		g.want(1)
		w.wantSaid("main.go: go build, swapped in") // it does not name the input
		w.finish()
	})
}

func TestUndoneInputIsGeneratedFromAgain(t *testing.T) {
	generate(t, func(t *testing.T, w *world, g *fakeGenerator) {
		g.edit()
		w.pass(quietWindow)
		g.write("/m/lib.go")
		g.generated()
		g.edit() // back to what it was
		w.pass(quietWindow)
		g.want(2)
		w.disk.Store(0)
		g.generated()
		w.pass(time.Second)
		w.want(2, 1)
		if !w.builds[1].cancelled {
			t.Error("the build of what was undone was not cancelled")
		}
		w.finish()
	})
}

func TestInputsThatAreKnownLater(t *testing.T) {
	generate(t, func(t *testing.T, w *world, g *fakeGenerator) {
		if g.follows != 1 {
			t.Errorf("%d graphs followed, want 1", g.follows)
		}
		g.watching = []string{"/m/api", "/m/gen"}
		g.saved++ // before anybody knew
		g.loaded <- struct{}{}
		w.pass(quietWindow)
		w.wantSaid("watch /m /m/api /m/gen")
		g.want(1)
		w.finish()
		if !g.last().cancelled {
			t.Error("left behind at gorun's end")
		}
	})
}

func TestNewDirectiveRunsBeforeTheBuildIsUsed(t *testing.T) {
	generate(t, func(t *testing.T, w *world, g *fakeGenerator) {
		w.loadTime = time.Second
		w.save("/m/go.mod") // it came with files that only the next graph has
		w.pass(quietWindow)
		w.built()
		g.saved++
		w.pass(time.Second)
		w.want(2, 1)
		g.want(1)
		g.generated()
		w.built()
		w.want(3, 2)
		w.finish()
	})
}

func TestEventsOfAStep(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.generates()
		w.run(Settings{})
		w.built()
		w.gen.edit()
		w.pass(quietWindow)
		w.gen.last().end(StepResult{How: "generated", Events: []event.Event{
			{Kind: event.Generate, Name: "a"}, {Kind: event.Generate, Name: "b"},
		}})
		w.pass(quietWindow)
		w.finish()
		var told []string
		for _, e := range w.heard() {
			told = append(told, string(e.Kind)+" "+e.Name)
		}
		told = slices.DeleteFunc(told, func(s string) bool { return !strings.HasPrefix(s, "generate ") })
		if !slices.Equal(told, []string{"generate a", "generate b"}) {
			t.Errorf("told %q", told)
		}
	})
}

func TestInputSavedTogetherWithASource(t *testing.T) {
	generate(t, func(t *testing.T, w *world, g *fakeGenerator) {
		w.save("/m/main.go")
		w.want(2, 1)
		g.edit() // in the same burst
		if !w.builds[1].cancelled {
			t.Error("the build was not cancelled")
		}
		w.pass(quietWindow)
		g.want(1)
		w.want(2, 1)
		g.generated()
		w.want(3, 1)
		w.built()
		w.want(3, 2)
		g.saved++
		w.save("/m/main.go") // in one batch
		w.want(3, 2)
		w.pass(quietWindow)
		g.want(2)
		g.generated()
		w.built()
		w.want(4, 3)
		w.finish()
	})
}

// A file that carries a directive was seen half written, which breaks its package: the
// reload is named after it all the same, not after what was generated.
func TestInputThatIsMoreThanOne(t *testing.T) {
	made := depgraph.Change{Kind: generates, Details: []depgraph.Detail{{Path: "/m/directive.go", Kind: generates}}}
	breaks := depgraph.Change{Kind: reloads, Details: []depgraph.Detail{{Path: "/m/directive.go", Kind: reloads}}}
	for _, c := range []depgraph.Change{merge(made, breaks), merge(breaks, made), merge(merge(made, breaks), made)} {
		if in := inputs(c); in.Kind != depgraph.Generate || len(in.Details) != 1 {
			t.Errorf("the inputs of %+v are %+v", c, in)
		}
		if got := label(&c, "/m"); got != "directive.go" {
			t.Errorf("%+v is named %q", c, got)
		}
		if got := paths(&c); len(got) != 1 {
			t.Errorf("the paths of %+v are %q", c, got)
		}
	}
}
