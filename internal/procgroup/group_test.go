package procgroup

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A fakeLink records orders and says what the test tells it to say.
type fakeLink struct {
	begin  time.Time
	orders []string // with the time since the start
	report chan fact
}

func (l *fakeLink) facts() <-chan fact { return l.report }

func (l *fakeLink) order(v verb, sig syscall.Signal) {
	l.orders = append(l.orders, fmt.Sprintf("%v %s %d", time.Since(l.begin), v, int(sig)))
}

func (l *fakeLink) end(o Outcome, rest bool) {
	l.report <- fact{kind: factEnded, outcome: o, rest: rest}
}

func (l *fakeLink) gone() {
	l.report <- fact{kind: factGone}
	close(l.report)
}

func TestGroupOrders(t *testing.T) {
	spec := Spec{Signal: syscall.SIGTERM, Grace: 3 * time.Second}
	tests := []struct {
		name string
		spec Spec
		play func(g *Group, l *fakeLink)
		want []string
	}{
		{"ends by itself", spec, func(g *Group, l *fakeLink) {
			l.end(Outcome{}, false)
			l.gone()
		}, nil},
		{"stop, obeyed", spec, func(g *Group, l *fakeLink) {
			g.Stop()
			time.Sleep(time.Second)
			l.end(Outcome{}, false)
			l.gone()
		}, []string{"0s signal-all 15"}},
		{"stop, obeyed, but not by the rest", spec, func(g *Group, l *fakeLink) {
			g.Stop()
			time.Sleep(time.Second)
			l.end(Outcome{}, true)
			time.Sleep(10 * time.Second)
			l.gone()
		}, []string{"0s signal-all 15", "3s kill 0"}},
		{"stop, ignored; kill is sent once", spec, func(g *Group, l *fakeLink) {
			g.Stop()
			g.Stop()
			time.Sleep(4 * time.Second)
			g.Kill()
			g.Stop()
			l.end(Outcome{Signal: syscall.SIGKILL}, false)
			l.gone()
		}, []string{"0s signal-all 15", "3s kill 0"}},
		{"kill during the grace", spec, func(g *Group, l *fakeLink) {
			g.Stop()
			time.Sleep(time.Second)
			g.Kill()
			time.Sleep(9 * time.Second)
			l.end(Outcome{Signal: syscall.SIGKILL}, false)
			l.gone()
		}, []string{"0s signal-all 15", "1s kill 0"}},
		{"stop for a signal of gorun's own", spec, func(g *Group, l *fakeLink) {
			g.StopFor(syscall.SIGHUP)
			g.StopFor(syscall.SIGTERM)
			time.Sleep(4 * time.Second)
			l.end(Outcome{Signal: syscall.SIGKILL}, false)
			l.gone()
		}, []string{"0s forward-all 1", "3s kill 0"}},
		{"no grace", Spec{Signal: syscall.SIGTERM}, func(g *Group, l *fakeLink) {
			g.Stop()
			l.end(Outcome{Signal: syscall.SIGKILL}, false)
			l.gone()
		}, []string{"0s kill 0"}},
		{"signal and forward change nothing", spec, func(g *Group, l *fakeLink) {
			g.Signal(syscall.SIGHUP)
			g.Forward(syscall.SIGINT)
			time.Sleep(time.Minute)
			l.end(Outcome{}, false)
			l.gone()
		}, []string{"0s signal 1", "0s forward 2"}},
		{"ends by itself, the rest lives on and obeys", spec, func(g *Group, l *fakeLink) {
			l.end(Outcome{Code: 3}, true)
			time.Sleep(time.Second)
			l.gone()
		}, []string{"0s signal-all 15"}},
		{"ends by itself, the rest lives on and does not obey", spec, func(g *Group, l *fakeLink) {
			l.end(Outcome{Code: 3}, true)
			time.Sleep(10 * time.Second)
			l.gone()
		}, []string{"0s signal-all 15", "3s kill 0"}},
		{"the rest is left alone", Spec{Grace: time.Second, LeaveRest: true}, func(g *Group, l *fakeLink) {
			l.end(Outcome{Code: 3}, true)
			time.Sleep(10 * time.Second)
			l.gone()
		}, []string{"0s release 0"}},
		{"the rest is not left alone at a stop", Spec{Grace: time.Second, LeaveRest: true}, func(g *Group, l *fakeLink) {
			g.Stop()
			l.end(Outcome{Code: 3}, true)
			time.Sleep(10 * time.Second)
			l.gone()
		}, []string{"0s signal-all 15", "1s kill 0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &fakeLink{begin: time.Now(), report: make(chan fact)}
				g := newGroup(tt.spec.complete(), l, 1)
				tt.play(g, l)
				<-g.Done()
				<-g.Exited()
				if !slices.Equal(l.orders, tt.want) {
					t.Errorf("orders %q\nwant   %q", l.orders, tt.want)
				}
				// After the end nothing may block.
				g.Stop()
				g.Kill()
				g.Forward(syscall.SIGINT)
				if g.Signal(syscall.SIGTERM) == nil {
					t.Error("Signal after the end: no error")
				}
			})
		})
	}
}

// Exited comes with the program's end, Done with everybody's.
func TestGroupExitedBeforeDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &fakeLink{report: make(chan fact)}
		g := newGroup(Spec{Grace: time.Hour}.complete(), l, 1)
		l.end(Outcome{Code: 7}, true)
		if got := g.Outcome(); got.Code != 7 {
			t.Errorf("outcome %v", got)
		}
		synctest.Wait()
		select {
		case <-g.Done():
			t.Error("done although something lives on")
		default:
		}
		l.gone()
		if got := g.Left(); got != nil {
			t.Errorf("left %v", got)
		}
	})
}

// Nobody waits for what cannot be killed, but whoever wants to hears of its end.
func TestGroupGoneAfterDone(t *testing.T) {
	for _, program := range []struct {
		name  string
		ended bool
		want  Outcome
	}{
		{"it left something", true, Outcome{Code: 7}},
		{"it cannot be killed itself", false, Outcome{Alive: true}},
	} {
		t.Run(program.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &fakeLink{report: make(chan fact)}
				g := newGroup(Spec{}.complete(), l, 1)
				if program.ended {
					l.end(Outcome{Code: 7}, true)
				}
				l.report <- fact{kind: factLeft, left: []int{os.Getpid()}} // a process that lives, for certain
				<-g.Done()
				if got := g.Left(); len(got) != 1 || got[0].PID != os.Getpid() {
					t.Errorf("left %v", got)
				}
				select {
				case <-g.Gone():
					t.Error("gone although something lives on")
				default:
				}
				g.Kill() // orders go on being passed
				if !program.ended {
					l.end(Outcome{Code: 3}, false)
				}
				l.gone()
				<-g.Gone()
				if got := g.Left(); got != nil {
					t.Errorf("left %v", got)
				}
				if got := g.Outcome(); got != program.want {
					t.Errorf("outcome %+v, want %+v", got, program.want)
				}
			})
		})
	}
}

func TestOutcomeWords(t *testing.T) {
	for _, tt := range []struct {
		o      Outcome
		status int
		words  string
	}{
		{Outcome{}, 0, "exit status 0"},
		{Outcome{Code: 255}, 255, "exit status 255"},
		{Outcome{Signal: syscall.SIGKILL}, 137, "killed by SIGKILL"},
		{Outcome{Alive: true}, 1, "could not be killed"},
	} {
		if got := tt.o.ExitStatus(); got != tt.status {
			t.Errorf("%+v: status %d, want %d", tt.o, got, tt.status)
		}
		if got := tt.o.String(); got != tt.words {
			t.Errorf("%+v: %q, want %q", tt.o, got, tt.words)
		}
	}
}
