package cli

import (
	"os"
	"time"

	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/ossignal"
	"github.com/gorun-dev/gorun/internal/programs"
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
	return c.serveTell(cache, programs.AnswerAlone(requests, c.describe(time.Now())))
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
	if c.flags.Programs.Given {
		return tell.WhoRuns(c.dir, []string{c.flags.Programs.Words()}, "", "", c.getenv("GOWORK"))
	}
	target, directory := project.Target(c.dir, c.line.Packages, c.line.Files)
	return tell.WhoRuns(c.dir, c.line.Packages, target, directory, c.getenv("GOWORK"))
}
