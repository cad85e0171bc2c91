package incremental

import (
	"testing"

	"github.com/gorun-dev/gorun/depgraph"
)

func TestPlanPrints(t *testing.T) {
	for _, tt := range []struct {
		change *depgraph.Change
		want   string
	}{
		{nil, "go build (first build)"},
		{&depgraph.Change{}, "nothing (no input of the build changed)"},
		{
			&depgraph.Change{
				Kind:     depgraph.Reload,
				Packages: []depgraph.PackageID{"example.com/m", "example.com/m/lib"},
				Details: []depgraph.Detail{
					{Path: "/m/lib/lib.go", Kind: depgraph.Rebuild, Reason: "content changed"},
					{Path: "/m/main.go", Kind: depgraph.Reload, Reason: "imports changed: +net/http"},
				},
			},
			"go build (imports changed: +net/http): example.com/m example.com/m/lib",
		},
	} {
		if got := NewPlan(tt.change, Known{}).String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
