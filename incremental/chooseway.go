package incremental

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/depgraph"
)

// A Way is one of the ways to an executable, the shortest first.
type Way int

const (
	WayNothing Way = iota // the executable that runs is the one that is wanted
	WayDirect             // what changed is compiled, and the program linked
	WayGo                 // the go command builds it
)

func (w Way) String() string {
	switch w {
	case WayNothing:
		return "nothing"
	case WayDirect:
		return "direct"
	case WayGo:
		return "go build"
	}
	return fmt.Sprintf("Way(%d)", int(w))
}

// A Plan says how to come from a change to an executable. It is a value that
// prints; a Builder carries it out.
type Plan struct {
	Way     Way
	Because string   // why no shorter way may be used
	Changed []string // packages whose own inputs changed, for the print

	// Outdated says that the change reaches what the direct way was prepared
	// from: no build may be direct before it is prepared anew.
	Outdated bool
	// Confirms says that the build is to show that what runs, which an earlier gorun has built directly, is of
	// the files of now. It is verified afterwards as every direct build is.
	Confirms bool
	// Reload says that the reason is a new graph, or a file that is not for the
	// compiler, such as a profile: what could not be prepared may be possible now.
	Reload bool
}

// Known is what a plan has to know of the direct way.
type Known struct {
	Files map[string]bool // that a session reads; nil if the next build may not be direct
	Why   string          // why the next build may not be direct

	Confirms bool // an earlier gorun has built directly what runs
}

// NewPlan chooses the way for a change. A nil change is the first build, or one
// for which nobody is known to have saved anything.
func NewPlan(change *depgraph.Change, known Known) Plan {
	switch {
	case change == nil && known.Confirms:
		return Plan{Way: WayDirect, Because: "built by an earlier gorun", Confirms: true}
	case change == nil:
		return Plan{Way: WayGo, Because: "first build"}
	case change.Kind < depgraph.Rebuild:
		return Plan{Way: WayNothing, Because: "no input of the build changed"}
	}
	p := Plan{Way: WayDirect}
	for _, id := range change.Packages {
		p.Changed = append(p.Changed, string(id))
	}
	for _, d := range change.Details {
		if d.Kind == change.Kind {
			p.Because = d.Reason
			break
		}
	}
	why, outdated := notDirectFor(change, known)
	p.Outdated = outdated
	p.Reload = change.Kind > depgraph.Rebuild || slices.ContainsFunc(change.Details, func(d depgraph.Detail) bool {
		return d.Kind == depgraph.Rebuild && d.File != depgraph.Go && d.File != depgraph.Embedded
	})
	switch {
	case known.Files == nil:
		p.Way = WayGo
		if change.Kind == depgraph.Rebuild {
			p.Because = known.Why
		}
	case why != "":
		p.Way, p.Because = WayGo, why
	}
	return p
}

// notDirectFor says why a change cannot be built directly, and whether it
// reaches the recipe. Contents of files in the recipe do not: each direct build
// compares all of them, and their headers.
func notDirectFor(change *depgraph.Change, known Known) (why string, outdated bool) {
	if change.Kind > depgraph.Rebuild {
		// Also where only the graph is stale; no detail says so then.
		why, outdated = "the graph is loaded again", true
	}
	for _, d := range change.Details {
		switch name := filepath.Base(d.Path); {
		case d.Kind < depgraph.Rebuild:
			continue
		case d.Kind > depgraph.Rebuild:
			return d.Reason, true
		case d.File != depgraph.Go && d.File != depgraph.Embedded || d.Uncached:
			why, outdated = name+" is not compiled by the Go compiler", true
		case !known.Files[d.Path]:
			why, outdated = name+" is not in the recipe", true
		}
	}
	return why, outdated
}

func (p Plan) String() string {
	var b strings.Builder
	b.WriteString(p.Way.String())
	if p.Because != "" {
		fmt.Fprintf(&b, " (%s)", p.Because)
	}
	if p.Changed != nil {
		fmt.Fprintf(&b, ": %s", strings.Join(p.Changed, " "))
	}
	return b.String()
}
