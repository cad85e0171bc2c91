package incremental

import (
	"fmt"
	"strings"

	"github.com/gorun-dev/gorun/depgraph"
)

// A Way is one of the ways to an executable, the shortest first.
type Way int

const (
	WayNothing Way = iota // the executable that runs is the one that is wanted
	WayGo                 // the go command builds it
)

func (w Way) String() string {
	switch w {
	case WayNothing:
		return "nothing"
	case WayGo:
		return "go build"
	}
	return fmt.Sprintf("Way(%d)", int(w))
}

// A Plan says how to come from a change to an executable. It is a value that
// prints; a Builder carries it out.
type Plan struct {
	Way     Way
	Because string   // why no shorter way may be taken
	Changed []string // packages whose own inputs changed, for the print
}

// NewPlan chooses the way for a change. A nil change is the first build.
func NewPlan(change *depgraph.Change) Plan {
	switch {
	case change == nil:
		return Plan{Way: WayGo, Because: "first build"}
	case change.Kind < depgraph.Rebuild:
		return Plan{Way: WayNothing, Because: "no input of the build changed"}
	}
	p := Plan{Way: WayGo}
	for _, id := range change.Packages {
		p.Changed = append(p.Changed, string(id))
	}
	for _, d := range change.Details {
		if d.Kind == change.Kind {
			p.Because = d.Reason
			break
		}
	}
	return p
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
