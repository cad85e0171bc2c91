package live

import (
	"strings"
	"time"

	"github.com/gorun-dev/gorun/incremental"
)

// A pipeline is the way from a save to an executable: load the graph, run
// directives, run before-build, build. One of these is in flight at a time, but for
// the load, which goes on while the build does. Only where the first build fails it begins
// again by itself, with the directives of which nothing is known.
//
// A build that is done waits here until its result may be used: not in a burst, which
// decides whether it is wanted, and not while the graph is loaded again, which decides
// whether its inputs were these.
type pipeline struct {
	stage    stage
	before   beforeBuild
	prepared string // what the steps did, for the reload line

	loading bool // a load is in flight
	reload  bool // the graph has to be loaded again when the next build begins

	settings    *Settings               // of the build
	against     *incremental.Executable // what the build is compared with
	began       time.Time               // when the first build did; zero before that
	interrupted bool                    // it was cancelled because gorun is to end
	failed      *failedBuild            // the first, which is not told yet because directives may mend it
}

// A failedBuild is a build that failed.
type failedBuild struct {
	result     incremental.Result
	unverified bool // there was no graph to tell whether its inputs are still the same
}

// A stage is a place in the order of a pipeline.
type stage int

const (
	stageIdle            stage = iota
	stageAwaitGraph            // the first build has failed, and the graph knows whether there are directives
	stageGenerateUnknown       // directives run of which nothing is known, for the first build has failed
	stageGenerate              // directives run whose inputs were saved
	stageBeforeBuild           // that hook runs
	stageRegenerate            // directives run of which the hook has changed an input
	stageBuild
	stageBuilt // the build is done, and not used yet
)

func (s stage) String() string {
	return [...]string{
		"idle", "awaiting the graph", "generating what is not known", "generating", "before-build",
		"generating again", "building", "built",
	}[s]
}

// underway reports whether there will be the result of a build without another save.
func (p *pipeline) underway() bool { return p.stage != stageIdle }

// preparing reports whether a step before the build is in flight.
func (p *pipeline) preparing() bool {
	return p.stage >= stageGenerateUnknown && p.stage <= stageRegenerate
}

// building reports whether there is a build, done or not.
func (p *pipeline) building() bool { return p.stage >= stageBuild }

// how is what the steps did, in words; "" if they have done nothing.
func (p *pipeline) how() string { return strings.TrimSuffix(p.prepared, ", ") }

// cancel ends what is in flight soon. Its end is still waited for, and tells nothing.
func (p *pipeline) cancel() []effect {
	switch {
	case p.preparing():
		return []effect{cancelStep{}}
	case p.building():
		return []effect{cancelBuild{}}
	}
	return nil
}

// abandon ends what is in flight, and nobody waits for it.
func (p *pipeline) abandon() []effect {
	effects := p.cancel()
	for i := range effects {
		switch effects[i].(type) {
		case cancelStep:
			effects[i] = abandonStep{}
		case cancelBuild:
			effects[i] = abandonBuild{}
		}
	}
	p.stage = stageIdle
	return effects
}

// load begins to load the graph; a load in flight is abandoned.
func (p *pipeline) load(prev Graph) []effect {
	p.reload, p.loading = false, true
	return []effect{loadGraph{prev}}
}

// begun notes that the build itself has begun.
func (p *pipeline) begun(started time.Time) {
	p.stage = stageBuild
	if p.began.IsZero() {
		p.began = started
	}
}

// usable reports whether the result of a build is there and may be used. Only the
// first program starts without waiting for a graph; what it was built from is
// inspected when there is one.
func (p *pipeline) usable(b burst, graph bool) bool {
	return p.stage == stageBuilt && !b.on() && !(p.loading && graph)
}

// relabel gives settings to a build that makes the same under them.
func (p *pipeline) relabel(settings *Settings) {
	if p.settings != nil && settings.buildsLike(p.settings) {
		p.settings = settings
	}
}

// beforeBuild is what is known of that hook's runs.
//
// What changes while it runs is its own doing, or a save: nobody can tell which. So a
// hook that goes on when the files are quiet again is ended, one that ends by itself
// is not believed, and it runs once more. What changes while it runs for the second
// time is built as it is, or a generator that writes the time of day would run for
// ever.
type beforeBuild struct {
	ran       bool // since the last save: a build that is made once more for a doubt does without
	disturbed bool // files have changed while it runs
	second    bool // it runs again because they had
}

// saved is for a save that the hook has not seen.
func (b *beforeBuild) saved() { b.ran, b.second = false, false }

// outdated reports whether the hook has begun with other files than there are.
func (b *beforeBuild) outdated() bool { return b.disturbed && !b.second }

// again reports whether the hook, which has ended, has to run once more.
func (b *beforeBuild) again() bool {
	again := b.outdated()
	b.disturbed, b.second = false, again
	return again
}
