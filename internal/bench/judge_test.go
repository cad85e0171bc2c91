package main

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestUsedAt(t *testing.T) {
	ms := func(list ...int) []int64 {
		var out []int64
		for _, x := range list {
			out = append(out, int64(x)*int64(time.Millisecond))
		}
		return out
	}
	for _, c := range []struct {
		window   time.Duration
		at, want []int64
	}{
		{0, ms(1, 5, 9), ms(1, 5, 9)},
		{10 * time.Millisecond, ms(1, 5, 30), ms(15, 15, 40)},
		{10 * time.Millisecond, ms(1, 11, 20), ms(11, 30, 30)}, // 11 is too late for the first
		{50 * time.Millisecond, ms(0, 40, 80, 120, 160, 199, 210), ms(200, 200, 200, 200, 200, 200, 260)},
	} {
		var batches []batch
		for _, at := range c.at {
			batches = append(batches, batch{At: at})
		}
		if got := usedAt(batches, c.window); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v is used at %v, want %v", c.window, c.at, got, c.want)
		}
	}
}

func TestJudge(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(1000, int64(ms)*1e6) }
	n := judge([]saved{{"a", at(0)}, {"b", at(10)}, {"a", at(20)}, {"c", at(30)}}, trace{
		Batches: []batch{
			{At: at(1).UnixNano(), Paths: []string{"a"}},
			{At: at(14).UnixNano(), Paths: []string{"x", "b"}},
			{At: at(23).UnixNano(), Paths: []string{"a"}},
		},
		CPU: 5e6,
	}, []time.Duration{0, 10 * time.Millisecond})
	if n.Saves != 4 || n.Noticed != 3 || n.Batches != 3 || n.CPU != 0.005 {
		t.Errorf("%+v", n)
	}
	near := func(got, want float64) bool { return math.Abs(got-want) < 1e-6 }
	if !near(n.Median, 0.003) { // 1, 4, 3
		t.Errorf("median %v", n.Median)
	}
	if w := n.Windows[0]; w.Used != 3 || !near(w.Median, 0.003) {
		t.Errorf("%+v", w)
	}
	if w := n.Windows[1]; w.Used != 2 || !near(w.Median, 0.013) { // 11, 23, 13
		t.Errorf("%+v", w)
	}
}

func TestOutage(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(1000, int64(ms)*1e6) }
	var a outage
	for _, x := range []struct {
		begin, took int
		ok          bool
	}{
		{0, 3, true},
		{10, 1, false},
		{20, 1, false},
		{30, 8, true}, // 20 ms without service
		{40, 2, true},
		{50, 1, false},
	} {
		a.add(at(x.begin), time.Duration(x.took)*time.Millisecond, x.ok)
	}
	a.close(at(55)) // and 5 more
	if a.refused != 25*time.Millisecond || a.longest != 8*time.Millisecond {
		t.Errorf("%+v", a)
	}
}
