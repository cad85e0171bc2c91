package live

import (
	"fmt"
	"slices"
	"syscall"
	"testing/synctest"

	"github.com/gorun-dev/gorun/internal/event"
)

// The invariant of the loop, which holds whenever nothing is under way: what serves is an instance of the newest good
// build under the newest settings, every request was answered once, and nothing else runs.

// checkAtRest checks it. rest comes first.
func (s *simulator) checkAtRest() {
	if s.over() {
		s.checkEnd()
		return
	}
	status := s.ask(DoStatus, "")
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mustHaveEnded() {
		s.violation("gorun goes on")
		return
	}
	s.checkAnswers()
	serving := s.checkPrograms()
	s.checkExecutables(serving)
	s.checkVersion(serving)
	select {
	case a := <-status.answers:
		status.answers <- a
		s.checkStatus(a.Status, serving)
	default:
	}
}

// checkAnswers checks that every request was answered once.
func (s *simulator) checkAnswers() {
	for _, r := range s.sent {
		if n := len(r.answers); n != 1 && !r.reported {
			r.reported = true
			s.violation("%s %s was answered %d times", r.Do, r.Profile, n)
		}
	}
}

// checkPrograms checks that one program runs at most, and returns it.
func (s *simulator) checkPrograms() *simProgram {
	alive := s.alive()
	for _, p := range s.programs {
		if p.over() && s.exits[p.pid] != 1 {
			s.violation("the end of program %d was told %d times", p.pid, s.exits[p.pid])
		}
		if slices.Contains(s.cfg.hooks, AfterStop) && p.over() && p.stops != 1 {
			s.violation("there were %d after-stop of program %d", p.stops, p.pid)
		}
	}
	if len(alive) == 0 {
		return nil
	}
	serving := alive[len(alive)-1]
	if len(alive) > 1 {
		s.violation("%d programs run", len(alive))
	}
	if s.served[serving.pid] == 0 && !slices.Contains(s.cfg.hooks, BeforeStart) { // of an old one that is back, nothing is
		s.violation("program %d serves, and nothing was said of it", serving.pid)
	}
	if serving.leaving {
		s.violation("the program that serves was told to end")
	}
	return serving
}

// checkExecutables checks that the executables are there that are still needed, and no others.
func (s *simulator) checkExecutables(serving *simProgram) {
	there := 0
	for _, e := range s.executables {
		if e.claimed && !e.removed() {
			there++
		} else if serving != nil && serving.exe == e {
			s.violation("%v serves, and was removed", e)
		}
	}
	most := 1
	if s.heldBack() != nil {
		most = 2
	}
	if there > most {
		s.violation("%d executables are there", there)
	}
}

// heldBack is the executable that waits to be asked for, as far as there is one.
func (s *simulator) heldBack() *simExecutable {
	for _, e := range slices.Backward(s.executables) {
		found := s.cfg.recorded > 0 && e.n == 1 // never held back, and kept until it is confirmed
		if s.everHeld && !found && e.claimed && !e.started && !e.removed() {
			return e
		}
	}
	return nil
}

// checkVersion checks that what serves is what is to serve.
func (s *simulator) checkVersion(serving *simProgram) {
	toml := s.disk[simToml].content
	if now := settingsOf(toml, s.setup.profile); toml < simTomls && now != s.setup.simSettings && !s.badSettings {
		s.violation("gorun.toml was not read: %v are in use, not %v", s.setup.simSettings, now)
		return
	}
	if s.cfg.directive {
		if in := s.disk[simProto].content; s.disk[simGen].content != in && !s.failedInputs[in] && !s.interrupted {
			s.violation("the directive did not run with its newest input")
		}
	}
	want := s.onDisk()
	excused := s.badContent[want] || want.broken() || s.interrupted
	held := s.heldBack()
	switch {
	case serving == nil && excused && !s.anyExecutable(): // nothing good has come of any build
	case serving == nil && s.gone && (excused || s.setup.hold || held != nil):
	case serving == nil:
		s.violation("nothing serves")
	case serving.exe.content == want, excused:
	case held != nil && held.right() == want: // if it is wrong, that is found out when it serves
	default:
		s.violation("%v serves, made of %v, not %v", serving.exe, serving.exe.content, want)
	}
	if serving == nil || serving.exe.content.flavor != s.setup.flavor || s.setup.hold || s.interrupted {
		return
	}
	run := simRun{s.setup.run, s.setup.env}
	if serving.run != run && !s.badStart[simPair{serving.exe.right(), run}] && !s.badStart[simPair{want, run}] {
		s.violation("program %d was started with %v, not %v", serving.pid, serving.run, run)
	}
}

// checkStatus checks what is said of the state at rest.
func (s *simulator) checkStatus(status *event.Status, serving *simProgram) {
	state := Waiting
	if serving != nil {
		state = Running
	}
	if s.heldBack() != nil {
		state = Holding
	}
	if status.State != string(state) {
		s.violation("the state is said to be %s, not %s", status.State, state)
	}
	if (status.Program != nil) != (serving != nil) || serving != nil && status.Program.Pid != serving.pid {
		s.violation("another program is said to serve")
	}
}

// mustHaveEnded reports whether gorun should not be there any more.
func (s *simulator) mustHaveEnded() bool {
	if s.stopped {
		return true
	}
	for _, sig := range s.signals {
		if sig != syscall.SIGINT || !s.cfg.terminal {
			return true
		}
	}
	first := len(s.programs) == 1 && s.programs[0].alone && s.heldBack() == nil
	return first && !s.cfg.stay && !s.acted && (!s.cfg.restart || s.programs[0].outcome.Success())
}

// checkEnd checks that nothing is left when gorun has ended, and that it had a reason and says so by its status.
func (s *simulator) checkEnd() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checkAnswers()
	var last *simProgram
	for _, p := range s.programs {
		if !p.over() {
			s.violation("program %d is left when gorun has ended", p.pid)
		}
		if s.exits[p.pid] != 1 {
			s.violation("the end of program %d was told %d times", p.pid, s.exits[p.pid])
		}
		if slices.Contains(s.cfg.hooks, AfterStop) && p.stops != 1 {
			s.violation("there were %d after-stop of program %d", p.stops, p.pid)
		}
		last = p
	}
	for _, b := range s.builds {
		if !b.over() {
			s.violation("a build is left when gorun has ended")
		}
	}
	for _, t := range s.steps {
		if !t.over() {
			s.violation("a directive is left when gorun has ended")
		}
	}
	for _, h := range s.hooks {
		if !h.over() {
			s.violation("%s is left when gorun has ended", h.name)
		}
	}
	s.discard() // the builder is closed
	for _, e := range s.executables {
		if !e.removed() {
			s.violation("%v is left when gorun has ended", e)
		}
	}
	var statuses []int // that are right
	if last == nil || s.cfg.mustBeReady && s.missedReady {
		statuses = append(statuses, 1) // nothing has come of the first build, or it is too slow
	}
	for _, sig := range s.signals {
		statuses = append(statuses, signalStatus(sig))
	}
	if s.stopped {
		statuses = append(statuses, 0)
	}
	if len(s.signals) == 0 && !s.stopped {
		tired := s.cfg.restart && s.exhausted > 0
		switch {
		case s.cfg.stay && !tired && !(s.cfg.mustBeReady && s.missedReady):
			s.violation("gorun ended without a reason, status %d", s.status)
		case s.reloaded && !tired:
			s.violation("gorun ended in the edit loop, status %d", s.status)
		}
		if last == nil || s.missedReady || s.startFailed || last.leaving { // or what comes before a start has
			statuses = append(statuses, 1)
		}
	}
	for _, p := range s.programs {
		if p == last || len(s.signals) > 0 || s.stopped {
			statuses = append(statuses, p.outcome.ExitStatus())
		}
	}
	if !slices.Contains(statuses, s.status) {
		s.violation("gorun ended with status %d, not one of %d", s.status, statuses)
	}
}

// right is what the executable should be made of.
func (e *simExecutable) right() simContent {
	c := e.content
	c.wrong = false
	return c
}

func (c simContent) String() string {
	text := fmt.Sprintf("main%d lib%d mod%d gen%d build%d", c.sources[simMain], c.sources[simLib], c.sources[simMod],
		c.sources[simGen], c.flavor)
	if c.wrong {
		text += " wrong"
	}
	return text
}

// What excuses that something else serves than the newest version is noted by these.

// gaveUp notes that a build came to nothing, or will not be made. Without a program the loop then waits for a save.
// mu is held.
func (s *simulator) gaveUp() { s.gone = s.gone || s.down && !s.restartDue }

// anyExecutable reports whether there is one that could be started. mu is held.
func (s *simulator) anyExecutable() bool {
	return slices.ContainsFunc(s.executables, func(e *simExecutable) bool { return e.claimed && !e.removed() })
}

// notPrepared notes that the loop learns that a directive or before-build has failed. The files as they are may be its
// own unfinished work: they are not built. mu is held.
func (s *simulator) notPrepared() {
	for f := range simSources {
		s.reported[f] = s.disk[f].content
	}
	s.badContent[s.onDisk()] = true
	s.gaveUp()
}

// failed notes that something cannot run. mu is held.
func (s *simulator) failed(c simContent, run simRun) {
	c.wrong = false // the files that it is made of are meant
	s.badContent[c], s.badStart[simPair{c, run}] = true, true
	if s.cfg.recorded > 0 && len(s.builds) == 1 {
		s.badContent[s.onDisk()] = true // what was found is believed to be made of that
	}
}
