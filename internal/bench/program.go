package main

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// A program is what is measured: a module in a directory of the run's own, with
// the files of edit.go in it.
type program struct {
	name string
	sites
	pkg  string   // what is named on the tools' command lines
	args []string // the program's arguments
	addr string   // where a client finds it, "" if nobody knows
	env  []string // in addition to the run's

	all    bool     // every edit is to be made on it
	second *program // a copy for tools that wait (tool.minUptime), or nil

	info result.Program
}

// generated returns a program of a shape, in a directory below work.
func generated(s shape, work, addr string) (*program, error) {
	p := &program{
		name: s.name,
		sites: sites{
			module: s.module(), root: filepath.Join(work, s.name),
			mainDir: ".", libDir: s.editedDir(), libName: "main",
		},
		pkg:  ".",
		addr: addr,
		env:  []string{addrEnv + "=" + addr, "GOFLAGS=", "GOWORK=off"},
	}
	if s.layers > 0 {
		p.libName = pkgName(s.edited, 0)
	}
	if err := os.RemoveAll(p.root); err != nil { // an earlier run's, with -work
		return nil, err
	}
	if err := s.generate(p.root); err != nil {
		return nil, err
	}
	return p, p.write(newText())
}

// newGenerated is generated with an address of its own.
func newGenerated(s shape, work string) (*program, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	return generated(s, work, addr)
}

// build fills the build cache.
func (p *program) build(ctx context.Context, r *run) error {
	exe := filepath.Join(p.root, "bin", "first")
	began := time.Now()
	if _, err := r.output(ctx, p.root, p.env, "go", "build", "-o", exe, p.pkg); err != nil {
		return err
	}
	p.info.FirstMake = time.Since(began).Seconds()
	if info, err := os.Stat(exe); err == nil {
		p.info.Size = info.Size()
	}
	list, err := p.list(ctx, r)
	if err != nil {
		return err
	}
	p.describe(list)
	if p.second != nil {
		defer func() { p.second.info, p.second.all = p.info, p.all }()
		return p.second.fill(ctx, r)
	}
	return nil
}

// fill makes a build cache of it.
func (p *program) fill(ctx context.Context, r *run) error {
	_, err := r.output(ctx, p.root, p.env, "go", "build", "-o", filepath.Join(p.root, "bin", "first"), p.pkg)
	return err
}

// describe fills in what the reader wants to know.
func (p *program) describe(list []listed) {
	i := &p.info
	*i = result.Program{Name: p.name, All: len(list), FirstMake: i.FirstMake, Size: i.Size, NoFloor: i.NoFloor}
	for _, q := range list {
		if q.Module != nil && q.Module.Path == p.module &&
			!strings.HasPrefix(q.ImportPath, path.Join(p.module, stampDir)) {
			i.Module++
		}
	}
	i.Edited = path.Join(p.module, p.libDir)
	i.Importers = importers(list, i.Edited)
}
