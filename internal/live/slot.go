package live

import (
	"fmt"
	"slices"
	"strings"
)

// A slot is the place in which one program serves.
//
// There is one candidate at most, whatever the mode: a newer version takes the
// place of an older candidate, and of what has been started of that. So no version
// can be forgotten in favour of an older one.
type slot struct {
	serving   *instance   // that users reach; nil if none runs
	last      Version     // what serving is, or the last program was, an instance of; no Exe before the first
	candidate *candidate  // the version that is to serve next; nil if there is none
	leaving   []*instance // programs on their way out that nothing waits for
	leftovers []*leftover // of programs that have ended
	vacated   bool        // the last program was stopped for the candidate
	starts    int         // the number of the newest start
	replacing bool        // no two versions can run at a time any more (overlap.go)
}

// A leftover is what could not be killed of a program. It may hold what the next version needs.
type leftover struct {
	program   int
	processes string // in words
	waited    bool   // it was told that the candidate waits for their end
}

// A candidate is the version that is to serve next, and how far it is.
type candidate struct {
	Version
	stage candidateStage
}

// A candidateStage is one of held, awaitingExit, waiting, hooking, refused, prepared,
// starting, becomingReady.
type candidateStage interface{ String() string }

type (
	held         struct{}              // somebody has to ask for it
	awaitingExit struct{}              // the program that serves was told to end
	waiting      struct{}              // nothing of its own: a hook of an older version, or a newer build, is in the way
	hooking      struct{ hook int }    // before-start runs for it
	refused      struct{ what string } // before-start has failed; a newer version may be on its way
	prepared     struct{}              // before-start has ended well
	starting     struct {              // the start was asked for and not answered
		id      int
		reason  string
		restart *restart
		back    bool // it served before, and comes back for one that could not be started
	}
	becomingReady struct{ *instance } // it runs while the old one serves
)

func (held) String() string            { return "held" }
func (awaitingExit) String() string    { return "awaiting exit" }
func (waiting) String() string         { return "waiting" }
func (h hooking) String() string       { return fmt.Sprintf("hooking (hook %d)", h.hook) }
func (refused) String() string         { return "refused" }
func (prepared) String() string        { return "prepared" }
func (s starting) String() string      { return fmt.Sprintf("starting (program %d)", s.id) }
func (b becomingReady) String() string { return fmt.Sprintf("becoming ready (program %d)", b.id) }

// swapping reports whether a candidate is on its way into the place.
func (s *slot) swapping() bool { return s.candidate != nil && !s.holds() }

// holds reports whether a candidate waits to be asked for.
func (s *slot) holds() bool { return s.at(held{}) }

// at reports whether there is a candidate at a stage that has no data.
func (s *slot) at(stage candidateStage) bool { return s.candidate != nil && s.candidate.stage == stage }

// overlapping returns the program that becomes ready while another one serves, nil if
// there is none.
func (s *slot) overlapping() *instance {
	if s.candidate != nil {
		if b, ok := s.candidate.stage.(becomingReady); ok {
			return b.instance
		}
	}
	return nil
}

// again reports whether a version is the one that serves, or has served last.
func (s *slot) again(v Version) bool { return v.Exe == s.last.Exe }

// restarting reports whether the candidate is what serves, once more.
func (s *slot) restarting() bool { return s.swapping() && s.again(s.candidate.Version) }

// newest returns the version that was built last and is in use, or will be.
func (s *slot) newest() *Version {
	if s.candidate != nil {
		return &s.candidate.Version
	}
	return &s.last
}

// built returns the version that a build is compared with: what serves, or served last,
// and before the first program the candidate. It has no Exe before the first build.
func (s *slot) built() *Version {
	if s.last.Exe == nil {
		return s.newest()
	}
	return &s.last
}

// refuses reports whether before-start has failed for the candidate.
func (s *slot) refuses() bool {
	if s.candidate == nil {
		return false
	}
	_, yes := s.candidate.stage.(refused)
	return yes
}

// retry has before-start run once more for a candidate for which it has failed.
func (s *slot) retry() {
	if s.refuses() {
		s.candidate.stage = waiting{}
	}
}

// awaited returns the program that was started last and has to become ready.
func (s *slot) awaited() *instance {
	if p := s.overlapping(); p != nil {
		return p
	}
	return s.serving
}

// comparable returns the graph of what serves, if a change that is undone can be
// told by it: not while something else is on its way.
func (s *slot) comparable() Graph {
	if s.serving == nil || s.swapping() {
		return nil
	}
	return s.last.Graph
}

// startReason is why the candidate starts, in the words of the reload line; r is a restart that it
// makes good, too.
func (c *candidate) startReason(r *restart) string {
	switch {
	case r != nil:
		return r.reason
	case c.Reason == builtAgain:
		return startReason
	}
	return c.Reason
}

// instead is what is done instead of starting a candidate, where nothing runs.
func (s *slot) instead() string {
	if s.vacated {
		return "the old version is started again"
	}
	return "waiting for a save"
}

// place makes a version the candidate, in place of any other. Where it does not
// overlap, the program that serves is told to end.
func (s *slot) place(v Version) []effect {
	effects := s.drop()
	s.candidate = &candidate{v, waiting{}}
	return append(effects, s.queue()...)
}

// queue has the candidate begin its way: it waits for the end of what serves, unless
// the two overlap.
func (s *slot) queue() []effect {
	s.candidate.stage = waiting{}
	if s.serving == nil || s.overlaps(s.candidate.Version) {
		return nil
	}
	s.candidate.stage = awaitingExit{}
	return s.retire()
}

// retire tells the program that serves to end, once.
func (s *slot) retire() []effect {
	if s.serving == nil || s.serving.retiring {
		return nil
	}
	s.serving.retiring = true
	return []effect{retire{s.serving.id}}
}

// hold makes a version the candidate that waits to be asked for.
func (s *slot) hold(v Version) []effect {
	effects := s.drop()
	s.candidate = &candidate{v, held{}}
	return effects
}

// drop ends a candidate that is not wanted any more.
func (s *slot) drop() []effect {
	c := s.candidate
	if c == nil {
		return nil
	}
	effects := s.stopOverlapping()
	s.candidate = nil
	if s.again(c.Version) {
		return effects
	}
	return append(effects, remove{c.Exe})
}

// dropHeld drops a candidate that waits to be asked for.
func (s *slot) dropHeld() []effect {
	if s.holds() {
		return s.drop()
	}
	return nil
}

// dropOverlapping drops a candidate that is on its way while the old program serves and
// was not told to end.
func (s *slot) dropOverlapping() []effect {
	if s.serving == nil || !s.swapping() || s.at(awaitingExit{}) {
		return nil
	}
	return s.drop()
}

// stopOverlapping kills the program of a candidate that is not ready yet; the candidate
// waits to be started again.
func (s *slot) stopOverlapping() []effect {
	p := s.overlapping()
	if p == nil {
		return nil
	}
	s.leaving = append(s.leaving, p)
	s.candidate.stage = waiting{}
	return []effect{disarm{readyTimer}, kill{p.id}}
}

// start asks for the start of the candidate.
func (s *slot) start(reason string, r *restart, back bool) []effect {
	s.starts++
	s.candidate.stage = starting{s.starts, reason, r, back}
	return []effect{startProgram{s.starts, s.candidate.Version}}
}

// become makes a version the last: it serves from now on, or would if it
// could be started.
func (s *slot) become(v Version) []effect {
	before := s.last.Exe
	if s.again(v) {
		return nil
	}
	s.last = v
	s.last.alone = false // it is known of its first start only
	if before == nil {
		return nil
	}
	return []effect{remove{before}}
}

// programs are all that run, the one that serves last.
func (s *slot) programs() []*instance {
	list := slices.Clone(s.leaving)
	for _, p := range []*instance{s.overlapping(), s.serving} {
		if p != nil {
			list = append(list, p)
		}
	}
	return list
}

// exited notes the end of a program and returns it, nil if it is not known, and
// whether it was the one that served.
func (s *slot) exited(id int) (p *instance, served bool) {
	if s.serving != nil && s.serving.id == id {
		p, s.serving = s.serving, nil
		return p, true
	}
	if p := s.overlapping(); p != nil && p.id == id {
		return p, false
	}
	if i := slices.IndexFunc(s.leaving, func(p *instance) bool { return p.id == id }); i >= 0 {
		p = s.leaving[i]
		s.leaving = slices.Delete(s.leaving, i, i+1)
		return p, false
	}
	return nil, false
}

// obstacle returns what the candidate has to wait for to be gone; nil if there is nothing. One that
// overlaps runs beside what there is in any case.
func (s *slot) obstacle() *leftover {
	if s.candidate == nil || s.overlaps(s.candidate.Version) || len(s.leftovers) == 0 {
		return nil
	}
	return s.leftovers[0]
}

// left is what could not be killed of all programs, in words; "" if that is nothing.
func (s *slot) left() string {
	var words []string
	for _, l := range s.leftovers {
		words = append(words, l.processes)
	}
	return strings.Join(words, ", ")
}

// leave notes, and says, what could not be killed of a program that has ended.
func (s *slot) leave(e programEnded) []effect {
	if e.left == "" {
		return nil
	}
	s.leftovers = append(s.leftovers, &leftover{program: e.id, processes: e.left})
	return []effect{failf("left over, and cannot be killed: %s", e.left)}
}

// gone notes that nothing is left of a program.
func (s *slot) gone(program int) {
	s.leftovers = slices.DeleteFunc(s.leftovers, func(l *leftover) bool { return l.program == program })
}

// relabel gives settings to every version that is built the same under them.
func (s *slot) relabel(settings *Settings) {
	if s.last.Exe != nil && settings.buildsLike(s.last.Settings) {
		s.last.Settings = settings
	}
	if c := s.candidate; c != nil && settings.buildsLike(c.Settings) {
		c.Settings = settings
	}
}

// distrust says that nothing can be compared with what the versions were built from.
func (s *slot) distrust() {
	s.last.Graph = nil
	if s.candidate != nil {
		s.candidate.Graph = nil
	}
}
