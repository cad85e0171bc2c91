package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/tell"
)

// What -tell asks a gorun that runs several programs.

// logPause is how long a question for more lines waits for one before it is asked again: less
// than what makes a gorun look silent.
const logPause = 2 * time.Second

// answers does what -tell asks, of one program or of all.
func (r *programsRun) answers() tell.Handler {
	since := time.Now()
	return func(ctx context.Context, q tell.Request) (reply tell.Reply, last bool) {
		if q.Program != "" && !slices.Contains(r.all.Names(), q.Program) {
			return tell.Reply{Error: r.noProgram(q.Program)}, false
		}
		switch {
		case q.Do == string(live.DoStatus):
			return tell.Reply{Status: r.status(ctx, since)}, false
		case q.Do == "logs":
			if r.lines[q.Program] == nil {
				return tell.Reply{Error: "the only program prints to where gorun was started"}, false
			}
			ctx, cancel := context.WithTimeout(ctx, logPause)
			defer cancel()
			reply.Lines, reply.Number = r.lines[q.Program].Log(ctx, q.After)
			return reply, false
		case q.Do == "start":
			return replyOf(r.all.Start(ctx, q.Program)), false
		case q.Do == string(live.DoStop) && q.Program != "":
			return replyOf(r.all.Stop(ctx, q.Program)), false
		case q.Do == string(live.DoStop):
			return replyOf(r.all.End(ctx)), true
		case q.Program != "":
			return replyOf(r.all.Ask(ctx, q.Program, request(q))), false
		}
		return r.askAll(ctx, request(q)), false
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

func (r *programsRun) noProgram(name string) string {
	if r.c.file != nil && len(r.c.file.Programs()) > 0 {
		if !slices.ContainsFunc(r.c.file.Programs(), func(p config.Program) bool { return p.Name == name }) {
			return r.c.file.NoProgram(name).Error()
		}
		return fmt.Sprintf("%s does not run: gorun was started with %s", name, r.c.flags.Programs.Words())
	}
	return fmt.Sprintf("there is no program %q", name)
}

// askAll asks all loops at a time, and answers when the last one has.
func (r *programsRun) askAll(ctx context.Context, q live.Request) tell.Reply {
	names := r.all.Names()
	answers := make([]live.Answer, len(names))
	var asked sync.WaitGroup // one for each
	for i, name := range names {
		asked.Go(func() {
			a := r.all.Ask(ctx, name, q)
			a.Text, a.Err = prefixed(name, a.Text), prefixed(name, a.Err)
			answers[i] = a
		})
	}
	asked.Wait()
	var all tell.Reply
	for _, answer := range answers {
		a := replyOf(answer)
		all.Text = joinLines(all.Text, a.Text)
		all.Error, all.Output = joinLines(all.Error, a.Error), all.Output+a.Output
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
func (r *programsRun) status(ctx context.Context, since time.Time) *event.Status {
	all := &event.Status{
		Version: versionText(), Pid: os.Getpid(), Since: since, Dir: r.c.dir,
		Package: []string{r.c.flags.Programs.Words()}, State: string(live.Running), Watched: []string{},
	}
	for _, name := range r.all.Names() {
		s := r.all.Ask(ctx, name, live.Request{Do: live.DoStatus}).Status
		if s == nil {
			s = &event.Status{State: "stopped", Watched: []string{}}
		}
		s.Name, s.Version, s.Pid, s.Since, s.Dir = name, all.Version, all.Pid, since, r.c.dir
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
