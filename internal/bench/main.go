// Bench measures gorun side by side with the go command and with other tools
// that restart a Go program when it is saved, on the same edits of the same
// programs, in one run:
//
//	go run ./internal/bench                                  # everything, in less than half an hour
//	go run ./internal/bench -only reload -programs small     # a part
//	go run ./internal/bench -only reload -dir ~/src/caddy -pkg ./cmd/caddy
//	go run ./internal/bench -update                          # and the tables of its README, with the picture
//
// gorun is built from the checkout that the command is run in. The other tools
// are installed by `go install` at pinned versions; -tool NAME=FILE takes an
// executable instead, and a NAME that is not known is used as `go run` is.
//
// The measured program itself writes down when its first instruction ran, so the
// clock is the same for all (edit.go). Tools take turns, round by round; one
// works at a time. Everything but the build of gorun happens in a temporary
// directory with a build cache of its own; however the run ends, what it started is
// stopped and the directory removed (guard.go).
//
// What is found are values of package result; package report draws them.
//
//	main.go       the command: measure, then show
//	options.go    its flags
//	measure.go    the parts of a run, one after the other
//	run.go        what all parts share: the directory, the environment, running a command
//	guard.go      the process that cleans up after this one
//
//	tool.go       the tools and their configurations; install.go gets them
//	manual.go     what somebody does who works by hand; floor.go: with all else known
//	program.go    the measured programs: generate.go makes them, checkout.go copies yours, listed.go lists packages
//	edit.go       the kinds of save, and the files in which they are made
//
//	rounds.go     reloads: who is at work when; plan.go: the saves of a turn
//	turn.go       one tool at work on one program; rest.go: when it is at rest; output.go: what it prints
//	reload.go     one save, and the process that comes of it; broken.go: a save that does not compile
//	client.go     what a client of the program notices meanwhile
//
//	day.go        a working day: starts and saves, one after the other
//	starts.go     starts with nothing changed
//	noticing.go   from a save to a batch of paths; watching.go: the watching process; judge.go: comparison
//	idle.go       what a tool costs while nobody saves; proc_linux.go: what the kernel says of processes
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/report"
	"github.com/gorun-dev/gorun/internal/bench/result"
	"github.com/gorun-dev/gorun/internal/procgroup"
	gorun "github.com/gorun-dev/gorun/internal/self"
)

func main() {
	if status, ok := gorun.Play(os.Args, procgroup.Roles...); ok {
		os.Exit(status)
	}
	if backend := os.Getenv(watchRole); backend != "" {
		if err := watchAndReport(backend, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(bench(os.Args[1:]))
}

func bench(args []string) int {
	o, err := parse(args, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 2
	}
	work, guarded := os.LookupEnv(guardRole)
	if o.from == "" && !guarded {
		status, err := guard(o.work)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		return status
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var res *result.Results
	if o.from != "" {
		res, err = result.ReadJSON(o.from)
	} else {
		res, err = measure(ctx, o, work)
		if err != nil {
			// ^C reaches what was running at the same time as this process: it
			// can be dead before the context knows.
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
	if err == nil {
		err = o.show(res)
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "bench: interrupted")
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

// show prints and writes what is asked for.
func (o *options) show(res *result.Results) error {
	if o.json != "" {
		if err := res.WriteJSON(o.json); err != nil {
			return err
		}
	}
	if o.markdown {
		report.Markdown(os.Stdout, res)
	} else {
		report.Text(os.Stdout, res)
	}
	if o.svg != "" {
		p, _ := res.Largest()
		var picture bytes.Buffer
		if err := report.SVG(&picture, res, p); err != nil {
			return err
		}
		if err := os.WriteFile(o.svg, picture.Bytes(), 0o666); err != nil {
			return err
		}
	}
	if o.update {
		dir, err := moduleDir()
		if err != nil {
			return err
		}
		return report.Update(res, dir)
	}
	return nil
}
