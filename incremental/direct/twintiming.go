package direct

import (
	"maps"
	"slices"
	"time"
)

// When the compile of a twin begins, where there are few processors. It can run side by side with
// the real compile, or after that with the link, which for the most part is the work of one
// thread. In both cases it runs at a lower priority than the others. That is also lower than
// whatever else keeps the machine busy, and the start of the program, which waits for the twin, is
// later for it than it would be at an equal priority.
//
// Measured on caddy with two processors, real compile, twin and link together, in seconds; the
// link alone takes 1.7:
//
//	                              root, compiled in 0.65    caddyhttp, in 1.4
//	twin with the link                  2.35                      3.51
//	twin with the real compile          2.53                      3.29
//
// Where the real compile shows that no line moved which importers know, a twin compiled with it
// was for nothing and has cost 0.2. So a twin begins with the real compile if it would take
// longer than the link, and the last twin of that package was of use.

// roomForTwo is the number of processors from which on two compiles, each of which keeps one or
// two busy, do not slow each other down.
const roomForTwo = 4

// timings say how long the last compiles and the last link took. They decide when a twin begins,
// never what is built.
type timings struct {
	link     time.Duration
	compiles map[string]time.Duration // by import path; of the real sources
	useful   map[string]bool          // by import path: whether the last twin spared the importers a compile
}

func newTimings() timings {
	return timings{compiles: make(map[string]time.Duration), useful: make(map[string]bool)}
}

func (p *timings) clone() timings {
	return timings{link: p.link, compiles: maps.Clone(p.compiles), useful: maps.Clone(p.useful)}
}

// compiled records how long a compile took.
func (p *timings) compiled(c Compile, took time.Duration) {
	if !c.Twin {
		p.compiles[c.Step.ImportPath] = took
	}
}

// twins records which of the twins were of use.
func (p *timings) twins(laid twinSet, end *Plan) {
	for path := range laid.plan {
		p.useful[path] = slices.Contains(end.Twins, path)
	}
}

// startsAtOnce reports whether the compile of a twin begins with the real one.
func (p *timings) startsAtOnce(cpus int, c Compile) bool {
	// Together with a link a twin takes half as long again as the real compile has taken.
	path := c.Step.ImportPath
	return cpus >= roomForTwo || p.useful[path] && p.compiles[path]*3/2 > p.link
}

// realCompileLeft reports whether a compile that is no twin's runs or is to run.
func realCompileLeft(plan *Plan) bool {
	return slices.ContainsFunc(plan.Compiles, func(c Compile) bool { return !c.Twin })
}

// runningAlike returns how many compiles of c's sort run: of twins, or of real sources.
func runningAlike(running map[Key]Compile, c Compile) int {
	n := 0
	for _, r := range running {
		if r.Twin == c.Twin {
			n++
		}
	}
	return n
}
