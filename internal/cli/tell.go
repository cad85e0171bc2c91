package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/tell"
)

// -tell: asks the gorun of this project for something, and ends with what becomes
// of it: 0 if it was done, 1 if not, 2 if it is not clear who is meant.

// A tellFlag is what is to be asked for.
type tellFlag struct {
	do      live.Do // "" if nothing is
	profile string
	json    bool // the status is wanted as JSON
}

func (t *tellFlag) String() string {
	switch {
	case t.profile != "":
		return string(t.do) + "=" + t.profile
	case t.json:
		return string(t.do) + "=json"
	}
	return string(t.do)
}

func (t *tellFlag) Set(s string) error {
	do, value, has := strings.Cut(s, "=")
	switch do := live.Do(do); {
	case !has && slices.Contains([]live.Do{live.DoRestart, live.DoRebuild, live.DoStop, live.DoStatus}, do):
		*t = tellFlag{do: do}
	case do == live.DoStatus && value == "json":
		*t = tellFlag{do: do, json: true}
	case do == live.DoProfile && value != "":
		*t = tellFlag{do: do, profile: value}
	default:
		return errors.New("must be one of restart, rebuild, stop, status, status=json, profile=NAME")
	}
	return nil
}

// tell asks, and waits for the answer.
func (c *command) tell() (int, error) {
	if len(c.line.Args) > 0 {
		return statusUsage, fmt.Errorf("-tell takes a package and nothing after it, not %q", c.line.Args[0])
	}
	found, status, err := c.meant()
	if err != nil {
		return status, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	t := c.flags.tell
	askFor := found.Ask
	if t.do == live.DoStop {
		askFor = found.AskLast
	}
	reply, err := askFor(ctx, tell.Request{Do: string(t.do), Profile: t.profile})
	switch {
	case errors.Is(err, context.Canceled):
		return statusInterrupted, nil
	case err != nil:
		return statusFailed, err
	case reply.Error != "":
		c.con.Output([]byte(reply.Output))
		return statusFailed, errors.New(reply.Error)
	case reply.Status == nil:
		c.con.Say("%s", reply.Text)
		return 0, nil
	case t.json:
		return 0, printJSON(os.Stdout, reply.Status)
	}
	printStatus(os.Stdout, reply.Status, time.Now())
	return 0, nil
}

// meant finds the one gorun that can be meant.
func (c *command) meant() (tell.Found, int, error) {
	cache, err := cacheDir(c.getenv)
	if err != nil {
		return tell.Found{}, statusFailed, err
	}
	dir, err := tellDir(cache)
	if err != nil {
		return tell.Found{}, statusFailed, err
	}
	all, err := tell.Find(dir)
	if err != nil {
		return tell.Found{}, statusFailed, err
	}
	project := c.project(c.dir)
	target, _ := c.target()
	var here, meant []tell.Found
	for _, f := range all {
		inProject := slices.Contains(f.Who.Projects, project)
		if inProject {
			here = append(here, f)
		}
		if target != "" && f.Who.Target == target || target == "" && inProject {
			meant = append(meant, f)
		}
	}
	hung := slices.DeleteFunc(slices.Clone(all), func(f tell.Found) bool { return !f.Hung })
	what := "in " + project
	if target != "" {
		what = "of " + c.line.Packages[0]
	}
	switch {
	case len(meant) == 1:
		return meant[0], 0, nil
	case len(meant) > 1 && target == "":
		return tell.Found{}, statusUsage, fmt.Errorf("several gorun run %s: name the package of one\n%s", what, list(meant))
	case len(meant) > 1:
		return tell.Found{}, statusUsage, fmt.Errorf("several gorun run %s\n%s", what, list(meant))
	case len(hung) > 0:
		return tell.Found{}, statusFailed, fmt.Errorf("no gorun %s answers, but there is one that does not: %s", what, pidText(hung[0].Who.Pid))
	case len(here) > 0:
		return tell.Found{}, statusFailed, fmt.Errorf("no gorun runs %s, but there is\n%s", what, list(here))
	}
	return tell.Found{}, statusFailed, fmt.Errorf("no gorun runs %s", what)
}

func list(found []tell.Found) string {
	var lines []string
	for _, f := range found {
		lines = append(lines, fmt.Sprintf("%s in %s (%s)", strings.Join(f.Who.Package, " "), f.Who.Dir, pidText(f.Who.Pid)))
	}
	return strings.Join(lines, "\n")
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	return enc.Encode(v)
}

// printStatus prints a status for people.
func printStatus(w io.Writer, s *event.Status, now time.Time) {
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-8s %s\n", name, fmt.Sprintf(format, args...))
	}
	ago := func(t time.Time) string { return now.Sub(t).Round(time.Second).String() }
	row("state", "%s", s.State)
	row("package", "%s in %s", strings.Join(s.Package, " "), s.Dir)
	if s.Profile != "" {
		row("profile", "%s", s.Profile)
	}
	if p := s.Program; p != nil {
		ready := "ready"
		if !p.Ready {
			ready = "not ready yet"
		}
		row("program", "%s, %s, for %s", pidText(p.Pid), ready, ago(p.Since))
		for _, port := range p.Ports {
			row("port", "%s", port)
		}
	} else {
		row("program", "none")
	}
	if r := s.Reload; r != nil {
		what := fmt.Sprintf("%d: %s: %s", r.Number, r.Reason, r.Event)
		if r.How != "" {
			what += " (" + r.How + ")"
		}
		took := time.Duration(r.Elapsed * float64(time.Second)).Round(time.Millisecond)
		row("reload", "%s in %s, %s ago", what, took, ago(r.Time))
		for _, e := range r.Errors {
			row("error", "%s:%d: %s", e.File, e.Line, strings.ReplaceAll(e.Message, "\n", " "))
		}
	}
	row("gorun", "%s, %s, for %s", pidText(s.Pid), s.Version, ago(s.Since))
	row("watched", "%d directories", len(s.Watched))
	for _, dir := range s.Watched {
		fmt.Fprintf(w, "%-8s %s\n", "", dir)
	}
}
