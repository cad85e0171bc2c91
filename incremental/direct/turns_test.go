package direct

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/incremental/ahead"
)

// As many programs are linked at a time as there are processors, and the one whose port was used last first,
// also where it is ready to be linked later.
func TestTurnsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
		now := time.Now()
		links := NewTurns()
		used := map[string]time.Duration{"last": 0, "before": time.Hour, "long ago": 2 * time.Hour}
		programs := map[string]*ProgramTurns{}
		for name, ago := range used {
			programs[name] = links.Of(func() time.Time { return now.Add(-ago) })
		}
		never := links.Of(func() time.Time { return time.Time{} })
		programs["never"] = never
		order := make(chan string, len(programs))
		ends := map[string]chan func(){}
		link := func(name string) {
			ends[name] = make(chan func(), 1)
			go func() {
				end, err := programs[name].link(t.Context())
				if err != nil {
					t.Error(err)
				}
				order <- name
				ends[name] <- end
			}()
			synctest.Wait()
		}
		begun := func(want ...string) {
			t.Helper()
			synctest.Wait()
			for _, name := range want {
				select {
				case got := <-order:
					if got != name {
						t.Fatalf("%s is linked, want %s", got, name)
					}
				default:
					t.Fatalf("%s is not linked", name)
				}
			}
			if len(order) > 0 {
				t.Fatalf("%s is linked, too", <-order)
			}
		}
		over := map[string]func(){}
		for name, p := range programs {
			over[name] = p.begin()
		}
		link("never")
		link("long ago")
		begun() // two that were used later are compiled: there is a processor for each
		link("before")
		begun("before")
		over["last"]() // its build has failed
		begun("long ago")
		(<-ends["before"])()
		begun("never")

		// Whoever has ended waits for nothing, and a link for nobody is not counted.
		for _, name := range []string{"long ago", "before", "never"} {
			over[name]()
		}
		if _, err := never.link(t.Context()); err != nil {
			t.Error(err)
		}
		// A build that is given up waits no more.
		a, b := programs["last"], programs["before"]
		defer a.begin()()
		defer b.begin()()
		defer programs["long ago"].begin()()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := programs["long ago"].link(ctx); err != context.Canceled {
			t.Errorf("a link that was given up: %v", err)
		}
	})
}

// One link waits for the next save: that of the program whose port was used clearly later, or that alone is edited.
func TestOneLinkWaits(t *testing.T) {
	now := time.Now()
	links := NewTurns()
	use := map[*ProgramTurns]time.Time{}
	program := func() (p *ProgramTurns, l *ahead.Linker) {
		p = links.Of(func() time.Time { return use[p] })
		return p, ahead.New(ahead.Config{})
	}
	a, linkerOfA := program()
	b, linkerOfB := program()
	save := func(programs ...*ProgramTurns) {
		t.Helper()
		for _, p := range programs {
			end := p.begin()
			linked, err := p.link(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			linked()
			end()
			time.Sleep(time.Millisecond) // the moments of links differ
		}
	}
	want := func(what string, ofA, ofB bool) {
		t.Helper()
		if got := b.mayWait(linkerOfB); got != ofB {
			t.Errorf("%s: that of b waits: %v", what, got)
		}
		if got := a.mayWait(linkerOfA); got != ofA {
			t.Errorf("%s: that of a waits: %v", what, got)
		}
	}
	if !(*ProgramTurns)(nil).mayWait(nil) {
		t.Error("that of a program alone does not wait")
	}
	if !a.mayWait(linkerOfA) {
		t.Error("the first one does not wait")
	}
	for range 3 {
		save(a, b)
		want("nobody is used", true, false)
	}
	// The one whose link waits may come to it later than the other one, by the same save.
	end := a.begin()
	save(b)
	if b.mayWait(linkerOfB) {
		t.Error("a is being compiled, and loses the link that waits")
	}
	end()
	save(a)
	use[a], use[b] = now, now.Add(lookedAway/2)
	save(a, b)
	want("both are used", true, false)
	use[b] = now.Add(2 * lookedAway)
	save(a, b)
	want("b was used last", false, true)
	save(a)
	save(a)
	if !a.mayWait(linkerOfA) {
		t.Error("a alone is edited, and that of b waits")
	}
	use[b] = now
	save(b)
	if b.mayWait(linkerOfB) {
		t.Error("b was edited once, and that of a does not wait")
	}
	linkerOfA.Close()
	if !b.mayWait(linkerOfB) {
		t.Error("there is no link of a any more, and that of b does not wait")
	}
}

// What is done while nobody waits only one program does at a time.
func TestIdleTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns()
		never := func() time.Time { return time.Time{} }
		a, b := turns.Of(never), turns.Of(never)
		end, ok := a.Await(t.Context(), Verifying)
		if !ok {
			t.Fatal("the first one waits")
		}
		if other, ok := b.Await(t.Context(), MakingNamedSet); !ok {
			t.Error("another work waits")
		} else {
			other()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, ok := b.Await(ctx, Verifying); ok {
			t.Error("two do the same work")
		}
		end()
		if end, ok := b.Await(t.Context(), Verifying); !ok {
			t.Error("the second one waits for nobody")
		} else {
			end()
		}
		if end, ok := (*ProgramTurns)(nil).Await(t.Context(), Verifying); !ok {
			t.Error("a program that is alone waits")
		} else {
			end()
		}
	})
}
