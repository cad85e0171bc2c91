package cli

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/privatedir"
	"github.com/gorun-dev/gorun/internal/tell"
)

// The side of -tell that is told: a live gorun is found in a directory of the cache.

// tellDir returns the directory in which the gorun of this user are found, and makes it
// if it is not there.
func tellDir(cache string) (string, error) {
	if err := privatedir.Make(cache, "tell"); err != nil {
		// A cache that several share, or that cannot be written.
		if cache, err = temporary(); err != nil {
			return "", err
		}
		if err := privatedir.Make(cache, "tell"); err != nil {
			return "", err
		}
	}
	dir := filepath.Join(cache, "tell")
	return dir, os.Chmod(dir, 0o700)
}

// beFound lets others find this gorun and ask for things, which go to the loop. A
// gorun that cannot be found runs all the same.
func (c *command) beFound(cache string, requests chan<- live.Request) *tell.Server {
	dir, err := tellDir(cache)
	if err != nil {
		c.con.Debug("exec")("nobody can tell this gorun anything: %v", err)
		return nil
	}
	since := time.Now()
	server, err := tell.Listen(dir, c.who, func(ctx context.Context, r tell.Request) (tell.Reply, bool) {
		by := "-tell " + r.Do
		if r.Profile != "" {
			by += "=" + r.Profile
		}
		a, ok := ask(ctx, requests, live.Request{Do: live.Do(r.Do), Profile: r.Profile, By: by})
		if !ok {
			return tell.Reply{Error: "gorun has ended"}, false
		}
		if s := a.Status; s != nil {
			s.Version, s.Pid, s.Since = versionText(), os.Getpid(), since
			s.Dir, s.Package = c.dir, c.line.Packages
			if s.Program != nil {
				s.Program.Ports = exec.Listening(s.Program.Pid)
			}
		}
		return tell.Reply{Error: a.Err, Text: a.Text, Output: string(a.Output), Status: a.Status}, a.Err == "" && r.Do == string(live.DoStop)
	})
	if err != nil {
		c.con.Debug("exec")("nobody can tell this gorun anything: %v", err)
		return nil
	}
	go tell.Find(dir) // takes away what killed ones have left
	return server
}

// ask has the loop do something and returns its answer, unless whoever asked is gone
// before, or the loop.
func ask(ctx context.Context, requests chan<- live.Request, r live.Request) (live.Answer, bool) {
	answer := make(chan live.Answer, 1)
	r.Answer = answer
	select {
	case requests <- r:
	case <-ctx.Done():
		return live.Answer{}, false
	}
	select {
	case a := <-answer:
		return a, true
	case <-ctx.Done():
	}
	select {
	case a := <-answer: // the loop's last
		return a, true
	default:
		return live.Answer{}, false
	}
}

// who says which gorun this is.
func (c *command) who() tell.Who {
	w := tell.Who{Pid: os.Getpid(), Dir: c.dir, Package: c.line.Packages, Projects: []string{c.project(c.dir)}}
	var directory string
	w.Target, directory = c.target()
	if p := c.project(directory); directory != "" && p != w.Projects[0] {
		w.Projects = append(w.Projects, p)
	}
	return w
}

// pidText is how a process is named to the user.
func pidText(pid int) string { return "pid " + strconv.Itoa(pid) }
