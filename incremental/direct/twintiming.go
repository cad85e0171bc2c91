package direct

import (
	"maps"
	"slices"
	"time"
)

// When a twin is begun, where there are few processors: beside the real compile, or when that
// is over, beside the link, which is for the most part one thread's work. Either way it is
// behind the others, and so behind whatever else keeps the machine busy: that costs the start,
// which waits for the twin, more than it would as an equal. Measured on caddy with two
// processors, real compile, twin and link, in seconds; the link takes 1.7:
//
//	                        root, compiled in 0.65    caddyhttp, in 1.4
//	beside the link               2.35                      3.51
//	beside the real compile       2.53                      3.29
//
// and where the real compile shows that no line moved which importers know, a twin beside it
// has cost 0.2. So a twin that would take longer than the link is begun at once, where the last
// one was of use.

// roomForTwo is the number of processors from which on two compiles, which keep between one and
// two busy each, do not take from each other.
const roomForTwo = 4

// A pace is how long things took last. What is built does not depend on it.
type pace struct {
	link     time.Duration
	compiles map[string]time.Duration // of packages, as they are
	useful   map[string]bool          // packages of which a twin was laid out: whether it was linked beside
}

func newPace() pace {
	return pace{compiles: make(map[string]time.Duration), useful: make(map[string]bool)}
}

func (p *pace) clone() pace {
	return pace{link: p.link, compiles: maps.Clone(p.compiles), useful: maps.Clone(p.useful)}
}

// compiled notes how long a compile took.
func (p *pace) compiled(c Compile, took time.Duration) {
	if !c.Twin {
		p.compiles[c.Step.ImportPath] = took
	}
}

// twins notes what became of twins.
func (p *pace) twins(laid twinSet, end *Plan) {
	for path := range laid.plan {
		p.useful[path] = slices.Contains(end.Twins, path)
	}
}

// early reports whether a twin is begun at once.
func (p *pace) early(cpus int, c Compile) bool {
	// Beside a link a twin takes half as long again as the real compile has taken.
	path := c.Step.ImportPath
	return cpus >= roomForTwo || p.useful[path] && p.compiles[path]*3/2 > p.link
}

// realLeft reports whether something else than twins is to be compiled, what runs included.
func realLeft(plan *Plan) bool {
	return slices.ContainsFunc(plan.Compiles, func(c Compile) bool { return !c.Twin })
}

// alike returns how many twins run, for a twin, or compiles that are none.
func alike(running map[Key]Compile, c Compile) int {
	n := 0
	for _, r := range running {
		if r.Twin == c.Twin {
			n++
		}
	}
	return n
}
