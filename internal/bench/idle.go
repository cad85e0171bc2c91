package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// writeUnrelated makes a tree such as package managers do.
func writeUnrelated(dir string) error {
	const perDir = 40
	for i := range result.Unrelated / perDir {
		at := filepath.Join(dir, "node_modules", fmt.Sprintf("pkg%d", i/4), fmt.Sprintf("part%d", i%4))
		for k := range perDir {
			if err := writeFile(filepath.Join(at, fmt.Sprintf("file%d.js", k)), "module.exports = {}\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

// measureIdle lets all tools stand idle at the same time, each with a process
// of the program.
func measureIdle(ctx context.Context, r *run, tools []*tool, p *program, span time.Duration) ([]result.Idle, error) {
	if err := writeUnrelated(p.root); err != nil {
		return nil, err
	}
	if err := p.reset(); err != nil {
		return nil, err
	}
	var turns []*turn
	defer func() {
		for _, tn := range turns {
			tn.stop()
		}
	}()
	for i, t := range tools {
		if t.absent != "" || t.byHand != nil && !t.idleToo {
			continue
		}
		addr, err := freeAddr()
		if err != nil {
			return nil, err
		}
		tn, err := r.newTurn(t, p, addrEnv+"="+addr)
		if err != nil {
			return nil, err
		}
		turns = append(turns, tn)
		if err := tn.start(ctx); err != nil {
			r.log("%v", err)
			tn.stop()
			turns = turns[:len(turns)-1]
			continue
		}
		r.log("idle: %s is up (%d of %d)", t.name, i+1, len(tools))
	}
	for _, tn := range turns {
		if err := awaitRest(ctx, tn.root(), max(tn.tool.longRest, tn.tool.restBefore)); err != nil {
			return nil, err
		}
	}
	// Whoever looks only now and then has looked.
	if err := pause(ctx, 2*time.Second); err != nil {
		return nil, err
	}
	results := make([]result.Idle, len(turns))
	began := time.Now()
	for i, tn := range turns {
		results[i] = tn.cost()
	}
	if err := pause(ctx, span); err != nil {
		return nil, err
	}
	took := time.Since(began)
	for i, tn := range turns {
		now := tn.cost()
		now.CPU -= results[i].CPU
		now.Seconds = took.Seconds()
		results[i] = now
	}
	r.log("idle: %d tools for %.0fs", len(turns), took.Seconds())
	return results, nil
}

// root is the process that the tool began as.
func (tn *turn) root() int {
	switch h := tn.manual.(type) {
	case *goRun:
		return h.group.Pid()
	case nil:
		return tn.group.Pid()
	}
	return 0
}

// cost adds up a tool's processes.
func (tn *turn) cost() result.Idle {
	c := result.Idle{Program: tn.program.name, Tool: tn.tool.name}
	for _, pid := range tree(tn.root(), func(pid int) bool { return pid == tn.last.pid }) {
		c.CPU += cpuOf(pid).Seconds()
		c.RSS += rss(pid)
		if linker(pid) {
			c.WaitRSS += rss(pid)
		}
		c.Watches += watches(pid)
		c.Processes++
	}
	return c
}
