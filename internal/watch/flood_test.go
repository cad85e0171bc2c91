package watch

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// A counting backendSink counts the changes that reach it.
type countingSink struct{ changes atomic.Int64 }

func (s *countingSink) pathChanged(string, bool) { s.changes.Add(1) }
func (s *countingSink) eventSeen(string)         {}
func (s *countingSink) watchesLost(string)       {}
func (s *countingSink) eventsLost(string)        {}

// Of a file that is written all the time few events go any further, and a save of another file
// and the last write are noticed nevertheless.
func TestFloodOfWrites(t *testing.T) {
	dir := t.TempDir()
	sink := new(countingSink)
	b, err := openFsnotify(sink)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	if err := b.add(dir); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(dir + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	const writes = 2000
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for i := range writes {
		<-tick.C
		fmt.Fprintln(log, i)
	}
	took := time.Since(began)
	// First floodEvents that are none too many, and then one after each pause.
	most := floodEvents + 2*int64(took/floodPause+1)
	got := sink.changes.Load()
	t.Logf("%d events of %d writes in %v", got, writes, took)
	if got > min(most, writes/2) {
		t.Errorf("%d events of %d writes in %v, want at most %d", got, writes, took, most)
	}
}

// What is saved while another file is written all the time is noticed, and so is the last write.
func TestSaveInAFlood(t *testing.T) {
	r := newRig(t, "fsnotify", nil)
	r.watch(r.dir)
	logs := []string{r.join("a.log"), r.join("b.log")} // two: the kernel merges none of their events
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				f, err := os.OpenFile(logs[i%2], os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
				if err == nil {
					fmt.Fprintln(f, i)
					f.Close()
				}
			}
		}
	}()
	for range floodEvents + 10 {
		r.path(logs[0])
	}
	for i := range 5 {
		r.path(r.write(r.join(fmt.Sprintf("save%d.go", i)), "package p"))
	}
	close(stop)
	<-stopped
	r.writeNoticed(logs[0], logs[0])
}

// What is held is reported once, also when nothing comes after it.
func TestFloodHolds(t *testing.T) {
	var f flood
	if f.due != nil {
		t.Error("something is due")
	}
	f.hold("a", false)
	f.hold("b", true)
	f.hold("b", false)
	<-f.due
	got := make(map[string]bool)
	f.release(func(path string, listing bool) { got[path] = listing })
	if want := map[string]bool{"a": false, "b": true}; !maps.Equal(got, want) {
		t.Errorf("released are %v, want %v", got, want)
	}
	f.release(func(path string, _ bool) { t.Errorf("%s is released once more", path) })
	if f.due != nil {
		t.Error("something is still due")
	}
}

// There is a pause only for a path that comes again and again, and only when all was read.
func TestFloodPauses(t *testing.T) {
	type event struct {
		path   string
		waited time.Duration
	}
	live := func(paths ...string) (list []event) {
		for _, p := range paths {
			list = append(list, event{p, time.Millisecond})
		}
		return list
	}
	many := func(n int, paths ...string) []event { return slices.Repeat(live(paths...), n) }
	var checkout []event
	for i := range 20_000 {
		checkout = append(checkout, live(fmt.Sprint(i), fmt.Sprint(i))...)
	}
	for _, c := range []struct {
		name   string
		events []event
		want   int
	}{
		{"a save", many(3, "a.go", "a.go~"), 0},
		{"a checkout", checkout, 0},
		{"a log", many(floodEvents+10, "log"), 10},
		{"two logs", many(floodEvents+10, "a.log", "b.log"), 20},
		{"a log and a save", slices.Concat(many(floodEvents+1, "log"), live("a.go")), 1},
		{"a queue", slices.Repeat([]event{{"log", 0}}, maxUnpaced-1), 0},
		{"a queue that does not end", slices.Repeat([]event{{"log", 0}}, 3*maxUnpaced), 3},
	} {
		var f flood
		now, got := time.Now(), 0
		for _, e := range c.events {
			if _, pause := f.count(e.path, now, e.waited); pause {
				got++
			}
		}
		if got != c.want {
			t.Errorf("%s: %d pauses, want %d", c.name, got, c.want)
		}
		if flooded, _ := f.count("log", now.Add(2*floodSpan), time.Millisecond); flooded {
			t.Errorf("%s: too many with the first event after a rest", c.name)
		}
	}
}

// A path that had too many has too many in the next span, too, until it has few.
func TestFloodGoesOn(t *testing.T) {
	var f flood
	now := time.Now()
	count := func(n int) (last bool) {
		for range n {
			last, _ = f.count("log", now, time.Millisecond)
		}
		return last
	}
	next := func() { now = now.Add(floodSpan + 1) }
	if count(floodEvents) || !count(1) {
		t.Error("the first span")
	}
	for range 3 {
		if next(); !count(1) || !count(floodEvents/2) {
			t.Error("a span after one with many")
		}
	}
	if next(); !count(1) {
		t.Error("the first span with few")
	}
	if next(); count(floodEvents) {
		t.Error("a span after one with few")
	}
}
