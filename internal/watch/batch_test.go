package watch

import (
	"fmt"
	"slices"
	"testing"
)

// collect returns a running collector and a function that sends reports to it
// and returns when it has taken them.
func collect(t *testing.T) (*collector, func(...report)) {
	done := make(chan struct{})
	c := newCollector(done)
	c.in = make(chan report) // unbuffered: sent is taken
	ended := make(chan struct{})
	go func() { c.run(); close(ended) }()
	t.Cleanup(func() { close(done); <-ended })
	return c, func(rs ...report) {
		for _, r := range rs {
			c.send(r)
		}
	}
}

func TestCollect(t *testing.T) {
	many := make([]report, pathLimit)
	for i := range many {
		many[i].path = fmt.Sprint(i)
	}
	for _, c := range []struct {
		name string
		in   []report
		want Batch
	}{
		{"in order, each once", []report{{path: "b"}, {path: "a"}, {path: "b"}}, Batch{Paths: []string{"b", "a"}}},
		{"all takes the paths in", []report{{path: "a"}, {all: true}, {path: "b"}}, Batch{All: true}},
		{"past the limit", append(slices.Clone(many), report{path: "one more"}), Batch{All: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			col, send := collect(t)
			send(c.in...)
			if got := <-col.out; got.All != c.want.All || !slices.Equal(got.Paths, c.want.Paths) {
				t.Errorf("batch = %d paths %.3q, all %v, want %+v", len(got.Paths), got.Paths, got.All, c.want)
			}
			// What was delivered is not delivered again.
			send(report{path: "next"})
			if got := <-col.out; got.All || !slices.Equal(got.Paths, []string{"next"}) {
				t.Errorf("next batch = %+v", got)
			}
		})
	}
	t.Run("at the limit, each twice", func(t *testing.T) {
		col, send := collect(t)
		send(many...)
		send(many...)
		if got := <-col.out; got.All || len(got.Paths) != pathLimit {
			t.Errorf("batch = %d paths, all %v, want %d", len(got.Paths), got.All, pathLimit)
		}
	})
}

// A batch that was received is the receiver's: it does not change any more.
func TestBatchIsOwned(t *testing.T) {
	col, send := collect(t)
	for range 3 {
		send(report{path: "a"}, report{path: "b"})
		got := <-col.out
		send(report{path: "c"}, report{path: "d"}, report{path: "e"})
		if !slices.Equal(got.Paths, []string{"a", "b"}) {
			t.Fatalf("the batch became %q", got.Paths)
		}
		<-col.out
	}
}
