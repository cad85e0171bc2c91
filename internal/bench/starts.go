package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// starters are the ways to start a program, in the order of the table. They
// belong to no tool that watches: it is started once a day.
func starters(gorun *tool) []*tool {
	once := *gorun
	once.name, once.title = "gorun-once", "gorun -once"
	once.argv = func(bin string, p *program) []string { return slices.Concat([]string{bin, "-once", p.pkg}, p.args) }
	live := *gorun
	live.title = "gorun"
	exe := &tool{name: "go-build", title: "the executable", argv: func(_ string, p *program) []string {
		return append([]string{p.root + "/" + startExe}, p.args...)
	}}
	goRun := &tool{name: "go-run", title: "go run", argv: func(bin string, p *program) []string {
		return slices.Concat([]string{bin, "run", p.pkg}, p.args)
	}}
	return []*tool{exe, &once, &live, goRun}
}

// startExe is not below bin, which every turn empties.
const startExe = "start-exe"

func measureStarts(ctx context.Context, r *run, gorun *tool, p *program, n int) ([]result.Start, error) {
	list := starters(gorun)
	if _, err := r.output(ctx, p.root, p.env, "go", "build", "-o", startExe, p.pkg); err != nil {
		return nil, err
	}
	if err := p.reset(); err != nil {
		return nil, err
	}
	results := make([]result.Start, len(list))
	for i, t := range list {
		if t.name == "go-run" {
			t.bin = r.goCmd
		}
		results[i] = result.Start{Program: p.name, Tool: t.title}
	}
	for round := range n + 1 { // the first fills the caches
		for k := range list {
			i := (k + round) % len(list)
			took, err := startOnce(ctx, r, list[i], p)
			if err != nil {
				return nil, err
			}
			if err := aloneAgain(ctx); err != nil {
				return nil, err
			}
			if round > 0 {
				results[i].Seconds = append(results[i].Seconds, took.Seconds())
			}
		}
	}
	r.log("start: %s, %d rounds", p.name, n)
	return results, nil
}

// startOnce starts a program that ends as soon as it has reported.
func startOnce(ctx context.Context, r *run, t *tool, p *program) (time.Duration, error) {
	tn, err := r.newTurn(t, p, exitEnv+"=1")
	if err != nil {
		return 0, err
	}
	defer tn.stop()
	tn.leaveRest = true // gorun writes down what it started from, while the program runs or after
	began := time.Now()
	if tn.group, err = tn.launch(t.argv(t.bin, p)); err != nil {
		return 0, err
	}
	select {
	case <-tn.group.Done():
	case <-time.After(startLimit):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	list, err := tn.reports()
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("the program did not start")
	}
	if err != nil {
		return 0, tn.explain(err)
	}
	return list[0].at.Sub(began), nil
}

// aloneAgain waits until nothing that was started runs any more, so that no
// start pays for the one before.
func aloneAgain(ctx context.Context) error {
	self := os.Getpid()
	for end := time.Now().Add(restLimit); time.Now().Before(end); {
		if !slices.ContainsFunc(tree(self, nil), func(pid int) bool { return pid != self && alive(pid) }) {
			return nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}
