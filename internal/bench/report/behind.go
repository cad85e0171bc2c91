package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// behind lists where a tool that can be used was faster than gorun, or lighter.
func (r report) behind() []string {
	var list []string
	for _, p := range r.Programs {
		for _, c := range result.Saves {
			mine := r.Seconds(p.Name, "gorun", c.Name)
			best, by := math.Inf(1), ""
			for _, t := range r.Present() {
				if s := r.Seconds(p.Name, t.Name, c.Name); t.Name != "gorun" && t.Name != "floor" && s < best {
					best, by = s, t.Title
				}
			}
			if best < mine {
				list = append(list, fmt.Sprintf("%s, %s: %s %s s, gorun %s s",
					p.Name, c.Title, by, secs(best), secs(mine)))
			}
		}
	}
	var mine *result.Idle
	var idle []result.Idle // of the tools that watch
	for i, x := range r.Idle {
		if x.Tool == "gorun" {
			mine = &r.Idle[i]
		}
		if x.Tool != "go-run" {
			idle = append(idle, x)
		}
	}
	if mine == nil {
		return list
	}
	for _, c := range []struct {
		what  string
		value func(result.Idle) float64
		show  func(result.Idle) string
	}{
		{
			"CPU while idle",
			func(i result.Idle) float64 { return i.CPU },
			func(i result.Idle) string { return ms(i.CPU) + " ms" },
		},
		{
			"resident memory",
			func(i result.Idle) float64 { return float64(i.RSS) },
			memory,
		},
	} {
		best := slices.MinFunc(idle, func(a, b result.Idle) int {
			if d := c.value(a) - c.value(b); d != 0 {
				return int(math.Copysign(1, d))
			}
			return 0
		})
		if best.Tool != "gorun" && c.value(best) < c.value(*mine) {
			list = append(list, fmt.Sprintf("%s: %s %s, gorun %s",
				c.what, r.title(best.Tool), c.show(best), c.show(*mine)))
		}
	}
	return list
}
