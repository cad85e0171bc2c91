package live

import (
	"fmt"

	"github.com/gorun-dev/gorun/incremental"
)

// -swap=overlap: the new version starts beside the old one and takes its place
// when it is ready. One that ends before changes nothing but the news.

// An arrival is a program that is to take the place of the running one.
type arrival struct {
	program Program
	exe     *incremental.Executable
	how     string // how exe was built
	graph   Graph  // what exe was built from; nil if the settings are others since
	due     *rerun // why exe, which runs, was started once more; nil if it is new
}

func (l *loop) arrivalReady() <-chan struct{} {
	if l.arrival == nil {
		return nil
	}
	return l.arrival.program.Ready()
}

func (l *loop) arrivalDone() <-chan struct{} {
	if l.arrival == nil {
		return nil
	}
	return l.arrival.program.Done()
}

// startBeside starts an executable, built from a graph, while the program runs. An older one that is
// not ready yet is overtaken.
func (l *loop) startBeside(exe *incremental.Executable, how string, graph Graph) {
	l.dismiss()
	if !l.prestart(exe) {
		l.coming = &coming{exe, how, graph}
		return
	}
	l.prestarted = nil
	reason := l.reason()
	due := l.take(exe == l.running)
	p, err := l.Start(exe)
	if err != nil {
		l.fail(PhaseStart, err.Error(), 1)
		l.drop(exe)
		l.broken = l.broken || due == nil
		l.Fail("%v", err)
		l.Fail("the old version runs on")
		l.tellFailed(episodeOf(due, l.current), l.why(), err.Error())
		return
	}
	l.born(p, reason)
	l.arrival = &arrival{p, exe, how, graph, due}
}

// onReady lets the old program go.
func (l *loop) onReady() {
	l.leave(l.program)
	l.program.Retire()
	l.lives[l.arrival.program].ready = true // the reload line need not wait
	l.promote()
	l.onProgramReady()
}

// promote makes the arrival the program.
func (l *loop) promote() {
	a := l.arrival
	l.arrival = nil
	l.program = a.program
	l.news(a.due, a.how)
	if a.due != nil {
		return // it is the executable that ran before
	}
	l.running.Remove()
	l.running, l.base, l.broken = a.exe, a.graph, false
	if l.build == nil {
		l.settled()
	}
}

// onStillborn comes when an arrival has ended before it was ready. What it had
// to say it has said on the terminal.
func (l *loop) onStillborn() {
	a := l.arrival
	l.arrival = nil
	l.unready.Stop()
	l.drop(a.exe)
	l.broken = l.broken || a.due == nil
	l.Fail("the new version ended before it was ready (%s); the old one runs on", a.program.Outcome())
	l.breakPromises(a.program)
	l.tellFailed(episodeOf(a.due, l.current), l.why(), fmt.Sprintf("the new version ended before it was ready (%s)", a.program.Outcome()))
	l.fail(PhaseReady, "ended before it was ready: "+a.program.Outcome().String(), a.program.Outcome().ExitStatus())
	l.died(a.program)
}

// dismiss ends an arrival that is not wanted any more.
func (l *loop) dismiss() {
	if l.coming != nil {
		l.drop(l.coming.exe)
		l.coming = nil
	}
	if l.arrival == nil {
		return
	}
	l.unready.Stop()
	l.arrival.program.Kill()
	l.leave(l.arrival.program)
	l.drop(l.arrival.exe)
	l.arrival = nil
}

// leave notes a program that is on its way out. Nothing waits for it but the end
// of gorun.
func (l *loop) leave(p Program) {
	still := l.leaving[:0]
	for _, old := range l.leaving {
		select {
		case <-old.Done():
		default:
			still = append(still, old)
		}
	}
	l.leaving = append(still, p)
	go func() {
		<-p.Done()
		select {
		case l.gone <- p:
		case <-l.closed:
		}
	}()
}

// onGone comes when nothing is left of a program that was on its way out.
func (l *loop) onGone(p Program) {
	l.breakPromises(p)
	l.died(p)
}
