package live

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/event"
)

// kinds is what was told: "reload:kind".
func (w *world) told() []string {
	var list []string
	for _, e := range w.heard() {
		list = append(list, fmt.Sprintf("%d:%s", e.Reload, e.Kind))
	}
	return list
}

func (w *world) heard() []event.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events)
}

func (w *world) wantTold(want string) {
	w.t.Helper()
	if got := strings.Join(w.told(), " "); got != want {
		w.t.Errorf("told\n\t%s\nwant\n\t%s", got, want)
	}
}

// ask sends a request and returns where its answer will be.
func (w *world) ask(do Do) <-chan Answer {
	answer := make(chan Answer, 1)
	w.requests <- Request{Do: do, By: "-tell " + string(do), Answer: answer}
	synctest.Wait()
	return answer
}

func (w *world) wantAnswer(c <-chan Answer, want string) {
	w.t.Helper()
	select {
	case a := <-c:
		if got := a.Text + a.Err; got != want {
			w.t.Errorf("the answer is %q, want %q", got, want)
		}
	default:
		w.t.Fatalf("no answer; log: %q", w.sayings())
	}
}

func (w *world) wantNoAnswer(c <-chan Answer) {
	w.t.Helper()
	select {
	case a := <-c:
		w.t.Errorf("answered at once: %+v", a)
	default:
	}
}

func (w *world) same() {
	w.lastBuild().finish(incremental.Result{Same: true, How: "go build"})
	synctest.Wait()
}

// TestEventsAddUp runs a busy minute and holds every reload line against the
// events of its reload.
func TestEventsAddUp(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.kinds["/m/.env"] = depgraph.Restart
		w.run(Settings{})
		w.pass(1234567 * time.Microsecond)
		w.built()
		w.lastProgram().getReady()
		for i := range 20 {
			w.pass(time.Duration(i*137) * time.Millisecond)
			w.stubborn = i%3 == 0
			switch i % 7 {
			case 4:
				w.event("/m/.env")
				w.pass(time.Second)
			case 5: // a save during the build
				w.save("/m/main.go")
				w.pass(33 * time.Millisecond)
				w.save("/m/lib.go")
				w.pass(time.Second)
				w.built()
			case 6:
				w.save("/m/main.go")
				w.pass(333 * time.Millisecond)
				w.brokenBuild()
			case 3:
				w.save("/m/main.go")
				w.pass(71 * time.Millisecond)
				w.same()
			default:
				w.save("/m/main.go")
				w.pass(417 * time.Millisecond)
				w.built()
			}
			w.pass(77 * time.Millisecond)
			for _, p := range w.programs { // the stubborn ones
				if len(p.received()) > 0 {
					p.end(exec.Outcome{Signal: syscall.SIGTERM})
				}
			}
			synctest.Wait()
			if p := w.lastProgram(); i%2 == 0 && len(p.received()) == 0 {
				select {
				case <-p.ready:
				case <-p.done:
				default:
					p.getReady()
				}
			}
		}
		w.finish()

		sums := map[int]float64{}
		first := map[int]event.Event{}
		before := map[int]event.Event{}
		last := time.Time{}
		type line struct {
			reload int
			took   time.Duration
		}
		var lines []line
		for _, e := range w.heard() {
			if e.Time.Before(last) {
				t.Errorf("%+v comes before %v", e, last)
			}
			last = e.Time
			if b, ok := before[e.Reload]; ok {
				if gap := e.Time.Sub(b.Time).Seconds() - e.Elapsed; math.Abs(gap) > 1e-9 {
					t.Errorf("between %+v and %+v there are %f s", b, e, gap)
				}
			} else {
				first[e.Reload] = e
			}
			before[e.Reload] = e
			sums[e.Reload] += e.Elapsed
			if e.Reload > 0 && (e.Kind == event.Swapped || e.Kind == event.Restarted || e.Same && e.How == "go build") {
				lines = append(lines, line{e.Reload, time.Duration(math.Round(sums[e.Reload]*1e3)) * time.Millisecond})
			}
		}
		duration := regexp.MustCompile(`(?:swapped in |restarted in |not restarted \()([0-9.]+m?s)`)
		var said []time.Duration
		for _, s := range w.sayings() {
			if m := duration.FindStringSubmatch(s); m != nil {
				d, err := time.ParseDuration(m[1])
				if err != nil {
					t.Fatal(err)
				}
				said = append(said, d)
			}
		}
		if len(said) < 15 || len(said) != len(lines) {
			t.Fatalf("%d reload lines, %d reloads told: %q\n%v", len(said), len(lines), w.told(), w.sayings())
		}
		for i, d := range said {
			if diff := lines[i].took - d; diff < -time.Millisecond || diff > time.Millisecond {
				t.Errorf("reload %d: the line says %v, its events add up to %v", lines[i].reload, d, lines[i].took)
			}
		}
		for n := range len(first) {
			if _, ok := first[n]; !ok {
				t.Errorf("there is no reload %d among %d", n, len(first))
			}
		}
	})
}

func TestEventsOfAReload(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.lastProgram().getReady()
		w.save("/m/main.go")
		w.pass(time.Second)
		w.brokenBuild()
		w.wantTold("0:build 0:swapped 0:ready 1:change 1:failed")
		failed := w.heard()[4]
		want := event.Error{File: "/m/main.go", Line: 1, Message: "no"}
		if len(failed.Errors) != 1 || failed.Errors[0] != want || *failed.Status != 1 {
			t.Errorf("failed: %+v", failed)
		}
		w.save("/m/main.go")
		w.pass(time.Second)
		w.built()
		w.wantTold("0:build 0:swapped 0:ready 1:change 1:failed 2:change 2:build 0:exited 2:swapped")
		exited, swapped := w.heard()[7], w.heard()[8]
		if exited.Pid != 1000 || *exited.Status != 143 || swapped.Pid != 1001 ||
			!strings.HasPrefix(swapped.Reason, "main.go") || swapped.How != "go build" {
			t.Errorf("exited: %+v\nswapped: %+v", exited, swapped)
		}
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.finish()
		w.wantTold("0:build 0:swapped 0:ready 1:change 1:failed 2:change 2:build 0:exited 2:swapped 2:exited")
	})
}

func TestEventsOfAnUndoneEdit(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.save("/m/main.go")
		w.undo(0, "/m/main.go")
		w.pass(time.Second)
		w.wantTold("0:build 0:swapped 1:change 1:change 1:build")
		if e := w.heard()[4]; !e.Same || e.How != "nothing" {
			t.Errorf("%+v", e)
		}
		w.finish()
	})
}

func TestEventsOfAStillbornVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, arrival := overlapping(t)
		arrival.end(exec.Outcome{Code: 1})
		synctest.Wait()
		w.wantTold("0:build 0:swapped 1:change 1:build 1:failed 1:exited")
		w.endAll()
	})
}

func TestEventsWithOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, old, arrival := overlapping(t)
		arrival.getReady()
		w.wantTold("0:build 0:swapped 1:change 1:build 1:swapped 1:ready 0:exited")
		<-old.done
		w.endAll()
		w.wantTold("0:build 0:swapped 1:change 1:build 1:swapped 1:ready 0:exited 1:exited")
	})
}

func TestAskForARestart(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		a := w.ask(DoRestart)
		w.want(1, 2)
		w.wantNoAnswer(a)
		w.lastProgram().getReady()
		w.wantAnswer(a, "-tell restart: restarted in 0s")
		w.wantTold("0:build 0:swapped 0:exited 1:restarted 1:ready")
		// gorun stays from now on.
		a = w.ask(DoRestart)
		w.lastProgram().end(exec.Outcome{Code: 3})
		synctest.Wait()
		w.wantAnswer(a, "the program ended before it was ready: exit status 3")
		a = w.ask(DoRestart) // of a program that has ended
		w.want(1, 4)
		w.lastProgram().end(exec.Outcome{})
		synctest.Wait()
		w.wantAnswer(a, "the program has ended: exit status 0")
		w.finish()
	})
}

func TestAskForARestartDuringABuild(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*world)
		want string
	}{
		{"good", func(w *world) { w.built() }, "main.go: go build, swapped in 1s"},
		{"broken", (*world).brokenBuild, "-tell restart: restarted in 1s"},
		{"same", (*world).same, "-tell restart: restarted in 1s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			test(t, func(t *testing.T, w *world) {
				w.run(Settings{})
				w.built()
				w.save("/m/main.go")
				w.pass(time.Second)
				a := w.ask(DoRestart)
				c.end(w)
				w.want(2, 2)
				w.wantNoAnswer(a)
				w.lastProgram().getReady()
				w.wantAnswer(a, c.want)
				w.finish()
			})
		})
	}
}

// A save between the start of a program that was asked for and its being ready.
func TestAskForARestartThatIsOvertaken(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		a := w.ask(DoRestart)
		w.want(1, 2)
		w.save("/m/main.go")
		w.pass(time.Second)
		w.built()
		w.want(2, 3)
		w.wantNoAnswer(a)
		w.lastProgram().getReady()
		w.wantAnswer(a, "main.go: go build, swapped in 1s")
		w.finish()
	})
}

func TestAskBeforeTheFirstBuildIsDone(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true})
		a := w.ask(DoRestart)
		w.brokenBuild()
		w.wantAnswer(a, "build failed")
		w.wantAnswer(w.ask(DoRestart), "there is nothing to start: the build is broken")
		w.finish()
	})
}

func TestAskForARebuild(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		loads := w.loads
		a := w.ask(DoRebuild)
		w.want(2, 1)
		if w.loads != loads+1 {
			t.Error("the graph was not loaded again")
		}
		w.pass(time.Second)
		w.wantNoAnswer(a)
		w.same()
		w.wantAnswer(a, "-tell rebuild: go build, same program, not restarted (1s)")
		a = w.ask(DoRebuild)
		w.pass(time.Second)
		w.brokenBuild()
		w.wantAnswer(a, "build failed")
		a = w.ask(DoRebuild)
		w.pass(time.Second)
		w.built()
		w.want(4, 2)
		w.lastProgram().getReady()
		w.wantAnswer(a, "-tell rebuild: go build, swapped in 1s")
		w.finish()
	})
}

func TestAskToStop(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		restart := w.ask(DoRestart)
		w.stubborn = true
		w.lastProgram().stubborn = true
		a := w.ask(DoStop)
		w.wantNoAnswer(a)
		w.wantAnswer(w.ask(DoRebuild), "gorun is ending")
		w.lastProgram().end(exec.Outcome{Code: 5})
		synctest.Wait()
		w.wantStatus(5)
		w.wantAnswer(a, "stopped")
		w.wantAnswer(restart, "the program ended before it was ready: exit status 5")
	})
}

func TestAskToStopWithoutAProgram(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Stay: true})
		w.brokenBuild()
		w.wantAnswer(w.ask(DoStop), "stopped")
		w.wantStatus(0)
	})
}

func TestAskForTheStatus(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		status := func() event.Status { return *(<-w.ask(DoStatus)).Status }
		if s := status(); s.State != "loading" || s.Program != nil || s.Reload != nil {
			t.Errorf("%+v", s)
		}
		w.built()
		w.save("/m/main.go")
		w.pass(time.Second)
		w.brokenBuild()
		s := status()
		if s.State != "running" || s.Program.Pid != 1000 || s.Program.Ready || !slices.Equal(s.Watched, []string{"/m"}) {
			t.Errorf("%+v, program %+v", s, s.Program)
		}
		if r := s.Reload; r.Number != 1 || r.Event != event.Failed || r.Elapsed != 1 || r.Reason != "main.go" ||
			len(r.Errors) != 1 {
			t.Errorf("%+v", r)
		}
		w.finish()
	})
}

func TestAskForSomethingElse(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.wantAnswer(w.ask("dance"), "gorun cannot dance")
		w.finish()
	})
}

func TestHoldsBack(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.kinds["/m/.env"] = depgraph.Restart
		w.run(Settings{Hold: true})
		first := w.built()
		w.save("/m/main.go")
		w.pass(time.Second)
		w.built()
		w.want(2, 1)
		w.wantSaid("main.go: go build in 1s; gorun -tell restart starts it")
		if s := <-w.ask(DoStatus); s.Status.State != "holding" {
			t.Errorf("the state is %s", s.Status.State)
		}
		w.event("/m/.env")
		w.pass(time.Second)
		w.want(2, 1)
		w.wantSaid(".env: changed; gorun -tell restart starts the program again")
		w.save("/m/lib.go")
		w.pass(time.Second)
		second := w.built()
		w.want(3, 1)
		a := w.ask(DoRestart)
		w.want(3, 2)
		if p := w.lastProgram(); p.exe != second {
			t.Errorf("%s was started, want %s", p.exe.Path, second.Path)
		}
		w.lastProgram().getReady()
		w.wantAnswer(a, "main.go (+1): go build, swapped in 0s")
		// Nothing is held now.
		w.ask(DoRestart)
		w.want(3, 3)
		if p := w.lastProgram(); p.exe != second || p.exe == first {
			t.Errorf("%s was started, want %s", p.exe.Path, second.Path)
		}
		w.finish()
	})
}

func TestHoldsBackNothingThatIsUndone(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Hold: true})
		first := w.built()
		w.save("/m/main.go")
		w.pass(time.Second)
		w.built()
		w.undo(0, "/m/main.go")
		w.pass(time.Second)
		w.want(3, 1)
		a := w.ask(DoRestart)
		w.want(3, 2)
		if p := w.lastProgram(); p.exe != first {
			t.Errorf("%s was started, want %s", p.exe.Path, first.Path)
		}
		w.lastProgram().getReady()
		w.wantAnswer(a, "-tell restart: restarted in 0s")
		w.finish()
	})
}

// A restart that is asked for during a build gets what is being built.
func TestHoldsNotBackWhatIsAskedFor(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Hold: true})
		w.built()
		w.save("/m/main.go")
		w.pass(time.Second)
		a := w.ask(DoRestart)
		second := w.built()
		w.want(2, 2)
		if p := w.lastProgram(); p.exe != second {
			t.Errorf("%s was started, want %s", p.exe.Path, second.Path)
		}
		w.lastProgram().getReady()
		w.wantAnswer(a, "main.go: go build, swapped in 1s")
		w.finish()
	})
}

// With a version held back, a later build that breaks leaves it there.
func TestHeldSurvivesABrokenBuild(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{Hold: true})
		w.built()
		w.save("/m/main.go")
		w.pass(time.Second)
		second := w.built()
		w.save("/m/main.go")
		w.pass(time.Second)
		w.brokenBuild()
		w.ask(DoRestart)
		w.want(3, 2)
		if p := w.lastProgram(); p.exe != second {
			t.Errorf("%s was started, want %s", p.exe.Path, second.Path)
		}
		w.finish()
	})
}

func TestStartThatFailsIsTold(t *testing.T) {
	test(t, func(t *testing.T, w *world) {
		w.run(Settings{})
		w.built()
		w.startErr = errors.New("no such luck")
		a := w.ask(DoRestart)
		w.wantAnswer(a, "no such luck")
		w.wantTold("0:build 0:swapped 0:exited 1:failed")
		w.finish()
	})
}
