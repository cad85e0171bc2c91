package live

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/watch"
)

var (
	seed = flag.Int64("seed", -1, "run this sequence of TestRandomEvents alone, and print it")
	most = flag.Int("faults", 3, "how many kinds of faults TestRandomEvents prints, one of each")
)

// TestRandomEvents has the loop live through random sequences of events, and checks the invariant after each burst
// of them. A sequence that fails is made as short as it can be, and printed.
func TestRandomEvents(t *testing.T) {
	exes := newExecutablePool(t)
	first, n := int64(0), int64(longtest.Cases(8000, 120_000))
	if *seed >= 0 {
		first, n = *seed, 1
	}
	failed := map[string][]int64{} // sequences, by the kind of fault
	began := time.Now()
	for i := first; i < first+n; i++ {
		q := randomSequence(i)
		violations, trace := q.play(t, exes, *seed >= 0)
		if *seed >= 0 {
			t.Logf("%v\n%s", q.cfg, strings.Join(trace, "\n"))
		}
		if violations == nil {
			continue
		}
		kind := kindOf(violations[0])
		if failed[kind] = append(failed[kind], i); len(failed[kind]) > 1 || len(failed) > *most {
			continue
		}
		short, trace := q.shorten(t, exes, violations)
		t.Errorf("sequence %d: %s\nshortest: %v\n%s",
			i, strings.Join(violations, "\n\t"), short.cfg, strings.Join(trace, "\n"))
	}
	for _, kind := range slices.Sorted(maps.Keys(failed)) {
		list := failed[kind]
		t.Errorf("%d sequences: %s: %d", len(list), kind, list[:min(len(list), 12)])
	}
	t.Logf("%d sequences, %.0f a second", n, float64(n)/time.Since(began).Seconds())
}

// A sequence is what happens to one loop.
type sequence struct {
	cfg  simConfig
	acts []simAct
}

// A simAct is something that happens. What it is about follows from arg and from what there is at that time, so that
// any act may be left out of a sequence.
type simAct struct {
	kind int
	arg  uint32
}

// The acts, each as often as its weight says.
const (
	actSave = iota
	actSaveUnseen
	actReport
	actPass
	actBuildEnds
	actReady
	actExit
	actHookEnds
	actDirectiveEnds
	actSettings
	actEnv
	actRequest
	actSignal
	actStop
	actFailStart
	actSlowLoad
	actStubborn
	actOverflow
	actVerified
	actWrongBuild
	actCheck
	acts
)

var actWeights = [acts]int{
	actSave: 22, actSaveUnseen: 4, actReport: 4, actPass: 24, actBuildEnds: 24, actReady: 12, actExit: 5,
	actHookEnds: 12, actDirectiveEnds: 5, actSettings: 7, actEnv: 5, actRequest: 6, actSignal: 1, actStop: 1,
	actFailStart: 2, actSlowLoad: 2, actStubborn: 3, actOverflow: 2, actVerified: 2, actWrongBuild: 2, actCheck: 5,
}

func randomSequence(seed int64) sequence {
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	one := func(of int) bool { return r.IntN(of) == 0 }
	q := sequence{cfg: simConfig{
		stay: !one(4), terminal: one(6), probe: one(3), restart: one(6), directive: one(4), toml: r.IntN(4),
	}}
	q.cfg.mustBeReady = q.cfg.probe && !q.cfg.stay && one(8)
	if one(6) {
		q.cfg.recorded = 1 + r.IntN(2)
	}
	if one(2) {
		for _, name := range []string{BeforeBuild, BeforeStart, AfterReady, AfterStop, OnFail} {
			if one(2) {
				q.cfg.hooks = append(q.cfg.hooks, name)
			}
		}
		q.cfg.refuses = one(2)
	}
	q.cfg.slowLoad = one(4)
	q.cfg.fresh = q.cfg.directive && q.cfg.recorded == 0 && one(2)
	sum := 0
	for _, w := range actWeights {
		sum += w
	}
	for range 5 + r.IntN(40) {
		n, kind := r.IntN(sum), 0
		for n >= actWeights[kind] {
			n -= actWeights[kind]
			kind++
		}
		q.acts = append(q.acts, simAct{kind, r.Uint32()})
	}
	return q
}

// play plays a sequence, and then mends everything, checks that the newest version serves, and ends gorun.
func (q sequence) play(t *testing.T, exes *executablePool, tracing bool) (violations, trace []string) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulator(q.cfg, exes)
		s.tracing = tracing
		s.start()
		for _, a := range q.acts {
			if s.over() || s.violated() {
				break
			}
			s.perform(a)
		}
		if !s.violated() {
			s.rest()
			s.checkAtRest()
		}
		if !s.violated() && !s.over() {
			s.mend()
		}
		s.finish()
		violations, trace = s.violations, s.trace
	})
	return violations, trace
}

// chosen is a value that an act's argument stands for: the argument is used up bit by bit.
func (a *simAct) chosen(n int) int {
	v := int(a.arg) % n
	a.arg /= uint32(n)
	return v
}

// perform has something happen.
func (s *simulator) perform(a simAct) {
	// Now and then the next thing happens at the same time, as far as the loop can tell.
	together := a.chosen(8) == 0
	act := func(f func()) {
		s.mu.Lock()
		f()
		s.mu.Unlock()
		if !together {
			synctest.Wait()
		}
	}
	switch a.kind {
	case actSave, actSaveUnseen:
		s.save(&a)
		if a.kind == actSave {
			s.arrive(together)
		}
	case actReport:
		s.report("/m/README.md")
		synctest.Wait()
	case actPass:
		times := [...]time.Duration{1, 5, 11, 11, 12, 50, 210, 300, 1000, 4000}
		s.pass(times[a.chosen(len(times))] * time.Millisecond)
	case actBuildEnds:
		act(func() {
			if len(s.builds) == 0 {
				return
			}
			late, fails := uint(0), a.chosen(32) == 0
			if a.chosen(2) == 0 {
				late = uint(a.chosen(1 << simSources))
			}
			s.builds[len(s.builds)-1].finish(late, fails)
		})
	case actReady:
		act(func() {
			if alive := s.alive(); len(alive) > 0 {
				alive[len(alive)-1].becomeReady()
			}
		})
	case actExit:
		act(func() {
			outcomes := []exec.Outcome{{}, {Code: 3}, {Code: 4}, {Signal: syscall.SIGSEGV}}
			if alive := s.alive(); len(alive) > 0 {
				alive[a.chosen(len(alive))].exit(outcomes[a.chosen(len(outcomes))])
			}
		})
	case actHookEnds:
		act(func() { s.endHook(&a) })
	case actDirectiveEnds:
		act(func() {
			if len(s.steps) > 0 {
				s.steps[len(s.steps)-1].end([...]error{nil, nil, errSimulated}[a.chosen(3)])
			}
		})
	case actSettings:
		s.mu.Lock()
		content := a.chosen(brokenTomls)
		if a.chosen(2) == 0 && content < simTomls {
			content &= 3 // the swap and hold alone
		}
		s.note("save gorun.toml: %v", settingsOf(content, s.setup.profile))
		s.write(simToml, content)
		s.mu.Unlock()
		s.arrive(together)
	case actEnv:
		s.mu.Lock()
		content := a.chosen(simBroken + 1)
		s.note("save app.env: %d", content)
		s.write(simEnv, content)
		s.mu.Unlock()
		s.arrive(together)
	case actRequest:
		switch a.chosen(5) {
		case 0, 1:
			s.ask(DoRestart, "")
		case 2:
			s.ask(DoRebuild, "")
		case 3:
			s.ask(DoProfile, [...]string{"build", "run"}[a.chosen(2)])
		case 4:
			s.ask(DoStatus, "")
		}
		if !together {
			synctest.Wait()
		}
	case actSignal:
		act(func() { s.sendSignal([...]syscall.Signal{syscall.SIGINT, syscall.SIGTERM}[a.chosen(2)]) })
	case actStop:
		s.ask(DoStop, "")
		synctest.Wait()
	case actFailStart:
		act(func() {
			s.note("the next start fails")
			s.failStart = true
		})
	case actSlowLoad:
		act(func() { s.loadTime = [...]time.Duration{0, 20, 500}[a.chosen(3)] * time.Millisecond })
	case actStubborn:
		act(func() {
			s.stubborn = !s.stubborn
			s.note("programs are stubborn: %t", s.stubborn)
		})
	case actOverflow:
		if s.cfg.directive && a.chosen(2) == 0 {
			select {
			case s.loaded <- struct{}{}:
			default:
			}
			synctest.Wait()
			break
		}
		s.mu.Lock()
		s.unsent = nil
		s.note("reported: everything")
		s.mu.Unlock()
		s.send(s.batches, watch.Batch{All: true}, nil, Request{})
		synctest.Wait()
	case actVerified:
		act(func() { s.verified() })
	case actWrongBuild:
		act(func() {
			s.note("the next direct build is wrong")
			s.wrongBuild = true
		})
	case actCheck:
		s.rest()
		s.checkAtRest()
	}
}

var errSimulated = errors.New("exit status 1")

// save writes a source or the input of the directive.
func (s *simulator) save(a *simAct) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range 1 + a.chosen(4)/3 {
		file := [...]int{simMain, simMain, simLib, simMod, simProto}[a.chosen(5)]
		content := [...]int{0, 1, 2, 0, 1, 2, simBroken, simEmpty}[a.chosen(8)]
		if file == simProto && content == simEmpty {
			content = simBroken
		}
		s.note("save %s: %d", simPaths[file], content)
		s.write(file, content)
	}
}

// arrive has the watcher report what was saved.
func (s *simulator) arrive(together bool) {
	if !together {
		s.pass(time.Millisecond)
	}
	s.report()
	if !together {
		synctest.Wait()
	}
}

// endHook ends one of the hooks.
func (s *simulator) endHook(a *simAct) {
	var list []*simHook
	for _, h := range s.hooks {
		if !h.over() {
			list = append(list, h)
		}
	}
	if len(list) == 0 {
		return
	}
	h := list[a.chosen(len(list))]
	if a.chosen(4) == 0 {
		h.end(errSimulated)
	} else {
		h.end(nil)
	}
}

// sendSignal sends a signal. mu is held.
func (s *simulator) sendSignal(sig syscall.Signal) {
	s.note("signal %v", sig)
	s.signals = append(s.signals, sig)
	s.interrupted = true
	s.signal <- sig
}

// mend saves good files, settings and variables, and checks that the version that they make comes to serve.
func (s *simulator) mend() {
	s.mu.Lock()
	s.note("everything is mended")
	s.stubborn, s.failStart, s.cfg.refuses = false, false, false
	for f := range s.disk {
		content := s.disk[f].content
		switch {
		case f == simMain:
			content = 5 - content // another one
			if content >= simBroken {
				content = 0
			}
			if content == s.disk[f].content {
				content = 1
			}
		case f == simToml:
			content %= simTomls
		case content >= simBroken:
			content = 1
		}
		if content != s.disk[f].content {
			s.write(f, content)
		}
	}
	s.mu.Unlock()
	s.rest()
	if s.over() {
		s.checkEnd()
		return
	}
	// A second time if what was held was wrong: it is found out when it serves.
	for i := 0; i < 2 && s.holds() && !s.over(); i++ {
		s.ask(DoRestart, "")
		s.rest()
	}
	s.checkAtRest()
	s.mu.Lock()
	defer s.mu.Unlock()
	if alive := s.alive(); s.violations == nil && (len(alive) == 0 || alive[0].exe.content != s.onDisk()) {
		s.violation("the mended version does not serve, but %v", alive)
	}
}

// finish ends gorun, and checks what is left.
func (s *simulator) finish() {
	for i := range 8 {
		if s.over() {
			break
		}
		s.mu.Lock()
		if i < 4 {
			s.sendSignal(syscall.SIGTERM)
		}
		s.mu.Unlock()
		s.pass(4 * time.Second)
		s.rest()
		if i == 0 && !s.over() && !s.violated() {
			s.mu.Lock()
			s.violation("gorun goes on after SIGTERM")
			s.mu.Unlock()
		}
	}
	if !s.over() {
		panic(fmt.Sprintf("the loop cannot be ended: %q\n%s", s.violations, strings.Join(s.trace, "\n")))
	}
	if !s.violated() {
		s.checkEnd()
	}
	for _, e := range s.executables {
		e.exe.Remove()
	}
}

// shorten leaves out of a sequence what its fault does not need, and returns what then happens.
func (q sequence) shorten(t *testing.T, exes *executablePool, violations []string) (sequence, []string) {
	// The order of things that happen together is not the same each time: it may take a few tries.
	fails := func(q sequence) bool {
		for range 3 {
			if v, _ := q.play(t, exes, false); v != nil && kindOf(v[0]) == kindOf(violations[0]) {
				return true
			}
		}
		return false
	}
	for n := len(q.acts); n > 0; {
		shorter := false
		for i := 0; i+n <= len(q.acts); {
			less := sequence{q.cfg, slices.Delete(slices.Clone(q.acts), i, i+n)}
			if fails(less) {
				q, shorter = less, true
			} else {
				i++
			}
		}
		if n > 1 || !shorter {
			n /= 2
		}
	}
	for _, less := range q.cfg.simpler() {
		if s := (sequence{less(q.cfg), q.acts}); fails(s) {
			q = s
		}
	}
	for range 20 {
		if v, trace := q.play(t, exes, true); v != nil && kindOf(v[0]) == kindOf(violations[0]) {
			return q, trace
		}
	}
	return q, []string{"(it is not the same each time)"}
}

// kindOf is a violation without its numbers and its second half, so that those of one fault are alike.
func kindOf(violation string) string {
	first, _, _ := strings.Cut(violation, ",")
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, first)
}

// simpler returns ways to a configuration with less in it.
func (c simConfig) simpler() []func(simConfig) simConfig {
	list := []func(simConfig) simConfig{
		func(c simConfig) simConfig { c.stay = true; return c },
		func(c simConfig) simConfig { c.terminal = false; return c },
		func(c simConfig) simConfig { c.probe = false; return c },
		func(c simConfig) simConfig { c.restart = false; return c },
		func(c simConfig) simConfig { c.mustBeReady = false; return c },
		func(c simConfig) simConfig { c.directive = false; return c },
		func(c simConfig) simConfig { c.recorded = 0; return c },
	}
	for _, name := range c.hooks {
		list = append(list, func(c simConfig) simConfig {
			c.hooks = slices.DeleteFunc(slices.Clone(c.hooks), func(h string) bool { return h == name })
			return c
		})
	}
	return list
}
