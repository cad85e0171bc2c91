package programs

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/tell"
)

// What -tell asks a gorun that runs several programs.

// logPause is how long a question for more lines waits for one before it is asked again: less
// than what makes a gorun look silent.
const logPause = 2 * time.Second

// Answers does what -tell asks, of one program or of all.
type Answers struct {
	Programs *Supervisor
	Output   map[string]*Lines        // by program; none where it prints to where gorun was started
	Unknown  func(name string) string // says why there is no such program
	Describe func(*event.Status)      // enters what gorun itself is
}

// Handle is a tell.Handler.
func (a *Answers) Handle(ctx context.Context, q tell.Request) (reply tell.Reply, last bool) {
	if q.Program != "" && !slices.Contains(a.Programs.Names(), q.Program) {
		return tell.Reply{Error: a.Unknown(q.Program)}, false
	}
	switch {
	case q.Do == string(live.DoStatus):
		return tell.Reply{Status: a.status(ctx)}, false
	case q.Do == "logs":
		if a.Output[q.Program] == nil {
			return tell.Reply{Error: "the only program prints to where gorun was started"}, false
		}
		ctx, cancel := context.WithTimeout(ctx, logPause)
		defer cancel()
		reply.Lines, reply.Number = a.Output[q.Program].Log(ctx, q.After)
		return reply, false
	case q.Do == "start":
		return replyOf(a.Programs.Start(ctx, q.Program)), false
	case q.Do == string(live.DoStop) && q.Program != "":
		return replyOf(a.Programs.Stop(ctx, q.Program)), false
	case q.Do == string(live.DoStop):
		return replyOf(a.Programs.End(ctx)), true
	case q.Program != "":
		return replyOf(a.Programs.Ask(ctx, q.Program, request(q))), false
	}
	return a.askAll(ctx, request(q)), false
}

// AnswerAlone has the loop of a program that runs alone do what -tell asks, and completes what it answers with
// what the loop does not know.
func AnswerAlone(requests chan<- live.Request, describe func(*event.Status)) tell.Handler {
	return func(ctx context.Context, q tell.Request) (reply tell.Reply, last bool) {
		if q.Program != "" {
			return tell.Reply{Error: "this gorun runs one program: gorun -tell " + q.Do}, false
		}
		a, ok := live.Ask(ctx, requests, nil, request(q))
		if !ok {
			return tell.Reply{Error: errEnded}, false
		}
		if s := a.Status; s != nil {
			describe(s)
			if s.Program != nil {
				s.Program.Ports = exec.Listening(s.Program.Pid)
			}
		}
		reply = replyOf(a)
		reply.Status = a.Status
		return reply, a.Err == "" && q.Do == string(live.DoStop)
	}
}

// request is what a loop is asked.
func request(q tell.Request) live.Request {
	by := "-tell " + q.Do
	if q.Profile != "" {
		by += "=" + q.Profile
	}
	return live.Request{Do: live.Do(q.Do), Profile: q.Profile, By: by}
}

func replyOf(a live.Answer) tell.Reply {
	return tell.Reply{Error: a.Err, Text: a.Text, Output: string(a.Output)}
}

// askAll asks all loops at a time, and answers when the last one has.
func (a *Answers) askAll(ctx context.Context, q live.Request) tell.Reply {
	names := a.Programs.Names()
	answers := make([]live.Answer, len(names))
	var asked sync.WaitGroup // one for each
	for i, name := range names {
		asked.Go(func() {
			answer := a.Programs.Ask(ctx, name, q)
			answer.Text, answer.Err = prefixed(name, answer.Text), prefixed(name, answer.Err)
			answers[i] = answer
		})
	}
	asked.Wait()
	var all tell.Reply
	for _, answer := range answers {
		one := replyOf(answer)
		all.Text = joinLines(all.Text, one.Text)
		all.Error, all.Output = joinLines(all.Error, one.Error), all.Output+one.Output
	}
	return all
}

func prefixed(name, text string) string {
	if text == "" {
		return ""
	}
	return name + ": " + text
}

func joinLines(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

// status is what all programs are doing: the state of the first one that does not run, or
// "running".
func (a *Answers) status(ctx context.Context) *event.Status {
	all := &event.Status{State: string(live.Running), Watched: []string{}}
	a.Describe(all)
	for _, name := range a.Programs.Names() {
		s := a.Programs.Ask(ctx, name, live.Request{Do: live.DoStatus}).Status
		if s == nil {
			s = &event.Status{State: "stopped", Watched: []string{}}
		}
		s.Name, s.Version, s.Pid, s.Since, s.Dir = name, all.Version, all.Pid, all.Since, all.Dir
		if s.Program != nil {
			s.Program.Ports = exec.Listening(s.Program.Pid)
		}
		if s.State != string(live.Running) && all.State == string(live.Running) {
			all.State = s.State
		}
		all.Programs = append(all.Programs, s)
		all.Watched = append(all.Watched, s.Watched...)
	}
	slices.Sort(all.Watched)
	all.Watched = slices.Compact(all.Watched)
	return all
}

// SayPortTaken says which program listens on a port that another one could not have.
func (s *Supervisor) SayPortTaken(name, port string) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if other := s.listensOn(ctx, port, name); other != "" {
			s.o.Fail("%s and %s both want port %s: %s has it", name, other, port, other)
		}
	}()
}

// listensOn returns the first program but one that listens on a port, or for which gorun does; "" if none does.
func (s *Supervisor) listensOn(ctx context.Context, port, but string) string {
	for _, p := range s.o.Programs {
		name, atPort := p.Name, func(address string) bool { return strings.HasSuffix(address, ":"+port) }
		if name == but {
			continue
		}
		if slices.ContainsFunc(p.Listen, atPort) {
			return name
		}
		a := s.Ask(ctx, name, live.Request{Do: live.DoStatus})
		if a.Status == nil || a.Status.Program == nil {
			continue
		}
		if slices.ContainsFunc(exec.Listening(a.Status.Program.Pid), atPort) {
			return name
		}
	}
	return ""
}

// AskAll has every loop do something, and does not wait for what becomes of it.
func (s *Supervisor) AskAll(r live.Request) {
	for _, name := range s.Names() {
		go s.Ask(context.Background(), name, r)
	}
}
