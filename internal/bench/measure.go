package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// runLimit is what a whole run takes at the most, but for the days, and afterReloads how much of that is
// for what comes after the reloads.
const (
	runLimit     = 15 * time.Minute
	afterReloads = 150 * time.Second
)

func measure(ctx context.Context, o *options, work string) (*result.Results, error) {
	began := time.Now()
	r := &run{work: work, env: environment(work), log: func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%5.0fs "+format+"\n", append([]any{time.Since(began).Seconds()}, args...)...)
	}}
	var err error
	if r.goCmd, err = exec.LookPath("go"); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(work, "tmp"), 0o777); err != nil {
		return nil, err
	}
	tools := o.chosen()
	gorun := toolNamed(tools, "gorun")
	if gorun != nil && o.named["gorun"] == "" {
		if r.checkout, err = moduleDir(); err != nil {
			return nil, err
		}
	}
	if err := r.install(ctx, tools, o.named); err != nil {
		return nil, err
	}
	res := &result.Results{Date: began, Rounds: o.n, Command: strings.Join(os.Args[1:], " ")}
	res.Machine = result.Machine{
		Cores: runtime.NumCPU(), Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH,
	}
	res.Machine.CPU, res.Machine.Kernel = machine()
	programs, err := o.build(ctx, r, tools)
	if err != nil {
		return nil, err
	}
	if o.part("reload") {
		m := &reloader{run: r, tools: tools, client: o.client, edits: o.edits}
		if !o.exactly {
			m.deadline = began.Add(runLimit - afterReloads)
		}
		for _, p := range programs {
			if res.Rounds, err = m.measure(ctx, p, o.n); err != nil {
				return nil, err
			}
		}
		res.Reloads, res.Broken, res.Failures = m.results, m.broken, m.failures
	}
	if o.part("day") && len(programs) > 0 {
		m := &reloader{run: r, tools: tools}
		if res.DayCount, err = m.measureDays(ctx, programs[len(programs)-1], o.n); err != nil {
			return nil, err
		}
		res.Days, res.Failures = m.results, append(res.Failures, m.failures...)
	}
	if o.part("start") && gorun != nil {
		for _, p := range programs {
			list, err := measureStarts(ctx, r, gorun, p, o.starts)
			if err != nil {
				return nil, err
			}
			res.Starts = append(res.Starts, list...)
		}
	}
	if o.part("noticing") {
		if res.Noticing, err = measureNoticing(ctx, r, o.notices); err != nil {
			return nil, err
		}
	}
	if o.part("idle") && len(programs) > 0 {
		if res.Idle, err = measureIdle(ctx, r, tools, programs[len(programs)-1], o.idle); err != nil {
			return nil, err
		}
	}
	for _, t := range tools {
		res.Tools = append(res.Tools, result.Tool{
			Name: t.name, Title: t.title, Module: t.module, Config: t.config, Absent: t.absent,
		})
	}
	for _, p := range programs {
		res.Programs = append(res.Programs, p.info)
	}
	res.Took = time.Since(began).Seconds()
	return res, nil
}

// part reports whether a part is to be measured.
func (o *options) part(name string) bool { return wanted(o.only, name) }

// build makes the programs and fills the build cache with them.
func (o *options) build(ctx context.Context, r *run, tools []*tool) ([]*program, error) {
	var list []*program
	if o.checkout.dir != "" {
		p, err := copied(ctx, r, o.checkout, r.work)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	} else if slices.ContainsFunc([]string{"reload", "day", "start", "idle"}, o.part) {
		for _, s := range shapes {
			if !wanted(o.programs, s.name) {
				continue
			}
			p, err := newGenerated(s, r.work)
			if err != nil {
				return nil, err
			}
			waits := func(t *tool) bool { return t.minUptime > 0 && t.absent == "" }
			if o.part("reload") && slices.ContainsFunc(tools, waits) {
				if p.second, err = newGenerated(s, filepath.Join(r.work, "second")); err != nil {
					return nil, err
				}
			}
			list = append(list, p)
		}
		if len(list) > 0 {
			list[len(list)-1].all = true
		}
	}
	for _, p := range list {
		if err := p.build(ctx, r); err != nil {
			return nil, err
		}
		r.log("built %s: %d packages of its own, %d in all, %d MiB", p.name, p.info.Module, p.info.All, p.info.Size>>20)
	}
	return list, nil
}
