package cli

import (
	"context"
	"os"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/ossignal"
	"github.com/gorun-dev/gorun/internal/project"
	"github.com/gorun-dev/gorun/internal/self"
	"github.com/gorun-dev/gorun/internal/tell"
)

// Who asks a live gorun for something: SIGUSR1, and another gorun with -tell.

// notifyRestart has SIGUSR1 ask for a restart, as -tell restart does.
func notifyRestart(requests chan<- live.Request) (stop func()) {
	return ossignal.NotifyRestart(func(stopped <-chan struct{}) {
		select {
		case requests <- live.Request{Do: live.DoRestart, By: "SIGUSR1"}:
		case <-stopped:
		}
	})
}

// listenForTell lets others find this gorun and ask for things, which go to the loop. It
// returns nil where that cannot be: gorun runs all the same.
func (c *command) listenForTell(cache string, requests chan<- live.Request) *tell.Server {
	return c.serveTell(cache, c.answers(requests))
}

// serveTell is listenForTell with who does what is asked.
func (c *command) serveTell(cache string, handle tell.Handler) *tell.Server {
	server, err := tell.Listen(tell.WritableDirs(cache), c.who, handle)
	if err != nil {
		c.con.Debug("exec")("nobody can tell this gorun anything: %v", err)
		return nil
	}
	go tell.Find(tell.Dirs(cache)...) // removes what killed ones have left
	return server
}

// answers has the loop do what -tell asks, and completes what it answers with what the
// loop does not know.
func (c *command) answers(requests chan<- live.Request) tell.Handler {
	describe := c.describe(time.Now())
	return func(ctx context.Context, r tell.Request) (reply tell.Reply, last bool) {
		by := "-tell " + r.Do
		if r.Profile != "" {
			by += "=" + r.Profile
		}
		if r.Program != "" {
			return tell.Reply{Error: "this gorun runs one program: gorun -tell " + r.Do}, false
		}
		a, ok := live.Ask(ctx, requests, nil, live.Request{Do: live.Do(r.Do), Profile: r.Profile, By: by})
		if !ok {
			return tell.Reply{Error: "gorun has ended"}, false
		}
		if s := a.Status; s != nil {
			describe(s)
			if s.Program != nil {
				s.Program.Ports = exec.Listening(s.Program.Pid)
			}
		}
		reply = tell.Reply{Error: a.Err, Text: a.Text, Output: string(a.Output), Status: a.Status}
		return reply, a.Err == "" && r.Do == string(live.DoStop)
	}
}

// describe returns what enters into a status which gorun this is.
func (c *command) describe(since time.Time) func(*event.Status) {
	return func(s *event.Status) {
		s.Version, s.Pid, s.Since, s.Dir, s.Package = self.Version(), os.Getpid(), since, c.dir, c.line.Packages
		if c.flags.Programs.Given {
			s.Package = []string{c.flags.Programs.Words()}
		}
	}
}

// who says which gorun this is.
func (c *command) who() tell.Who {
	gowork := c.getenv("GOWORK")
	if c.flags.Programs.Given {
		root := []string{project.Root(c.dir, gowork)}
		return tell.Who{Pid: os.Getpid(), Dir: c.dir, Package: []string{c.flags.Programs.Words()}, Projects: root}
	}
	w := tell.Who{Pid: os.Getpid(), Dir: c.dir, Package: c.line.Packages}
	w.Projects = []string{project.Root(c.dir, gowork)}
	var directory string
	w.Target, directory = project.Target(c.dir, c.line.Packages, c.line.Files)
	if p := project.Root(directory, gowork); directory != "" && p != w.Projects[0] {
		w.Projects = append(w.Projects, p)
	}
	return w
}
