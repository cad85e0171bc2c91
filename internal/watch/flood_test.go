package watch

import (
	"fmt"
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
	// In each second floodEvents that no pause follows. After each pause one that came before it,
	// one for all that came in it, and the one that the next pause follows.
	most := int64(took/floodSpan+1)*floodEvents + 3*int64(took/floodPause+1)
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
	for range 3 * floodEvents {
		r.path(logs[0])
	}
	for i := range 5 {
		r.path(r.write(r.join(fmt.Sprintf("save%d.go", i)), "package p"))
	}
	close(stop)
	<-stopped
	r.drainEchoes()
	r.writeNoticed(logs[0], logs[0])
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
			if f.pauses(e.path, now, e.waited) {
				got++
			}
		}
		if got != c.want {
			t.Errorf("%s: %d pauses, want %d", c.name, got, c.want)
		}
		if f.pauses("log", now.Add(floodSpan+1), time.Millisecond) {
			t.Errorf("%s: a pause at the first event of another span", c.name)
		}
	}
}
