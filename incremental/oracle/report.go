package oracle

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A report counts what was done.
type report struct {
	kinds map[kind]*counts
	ways  map[string]*times
	runs  int
}

type counts struct{ made, compiled int }

type times struct {
	n             int
	direct, gorun time.Duration
}

func (t *report) kind(k kind, compiled bool) {
	if t.kinds == nil {
		t.kinds = make(map[kind]*counts)
	}
	c := t.kinds[k]
	if c == nil {
		c = new(counts)
		t.kinds[k] = c
	}
	c.made++
	if compiled {
		c.compiled++
	}
}

func (t *report) way(w string) { t.took(w, 0, 0) }

func (t *report) took(way string, direct, gorun time.Duration) {
	if t.ways == nil {
		t.ways = make(map[string]*times)
	}
	w := t.ways[way]
	if w == nil {
		w = new(times)
		t.ways[way] = w
	}
	w.n++
	w.direct += direct
	w.gorun += gorun
}

func (t *report) print(w io.Writer) {
	for _, k := range slices.Sorted(maps.Keys(t.kinds)) {
		c := t.kinds[k]
		fmt.Fprintf(w, "%5d %s, of which %d compile\n", c.made, k, c.compiled)
	}
	for _, way := range slices.Sorted(maps.Keys(t.ways)) {
		x := t.ways[way]
		n := float64(x.n)
		fmt.Fprintf(w, "%5d %-44s %.2fs, go run %.2fs on average\n", x.n, way, x.direct.Seconds()/n, x.gorun.Seconds()/n)
	}
}

var quoted = regexp.MustCompile(`"[^"]*"`)

// reason says why there was no direct way, without names, so that it can be counted.
func reason(err error) string {
	s := strings.TrimPrefix(err.Error(), "not direct: ")
	s, _, _ = strings.Cut(s, "\n")
	s = quoted.ReplaceAllString(s, "…")
	return strings.TrimSpace(s[strings.LastIndex(s, ": ")+1:])
}
