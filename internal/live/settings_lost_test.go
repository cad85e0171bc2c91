package live

import (
	"testing"
	"testing/synctest"
	"time"
)

// With -swap=overlap a new version is on its way when the settings change to -swap=replace, and the next save
// makes another one: that one has to be started, and nothing may be said of the one that it overtakes.
func TestSwapChangesWhileAVersionBecomesReady(t *testing.T) {
	const overlap, replace = 1, 0
	exes := newExecutablePool(t)
	synctest.Test(t, func(t *testing.T) {
		s := newSimulator(simConfig{stay: true, toml: overlap}, exes)
		s.tracing = true
		s.start()
		defer s.finish()
		s.rest() // the first version serves
		saveAndBuild := func(content int) {
			s.mu.Lock()
			s.write(simMain, content)
			s.mu.Unlock()
			s.pass(time.Millisecond)
			s.report()
			s.pass(quietWindow)
			s.act(func() { s.builds[len(s.builds)-1].finish(0, false) })
			s.pass(quietWindow)
		}
		saveAndBuild(1)
		if alive := s.alive(); len(alive) != 2 {
			t.Fatalf("%d programs run, want the new version beside the old one", len(alive))
		}
		second := s.programs[1]
		s.mu.Lock()
		s.write(simToml, replace)
		s.mu.Unlock()
		s.report()
		s.pass(quietWindow)
		saveAndBuild(2)
		s.rest()
		if s.served[second.pid] > 0 {
			t.Error("the version that was overtaken is said to be swapped in")
		}
		if alive := s.alive(); len(alive) != 1 || alive[0].exe.content.sources[simMain] != 2 {
			t.Errorf("the third version does not serve, but %v", alive)
		}
		s.checkAtRest()
		if s.violations != nil || t.Failed() {
			t.Errorf("%q\n%s", s.violations, s.transcript())
		}
	})
}
