package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// install gets every tool that has to be got. One that cannot be had is left
// out of the measurements, with the reason.
func (r *run) install(ctx context.Context, tools []*tool, named map[string]string) error {
	bin := filepath.Join(r.work, "tools")
	if err := os.MkdirAll(bin, 0o777); err != nil {
		return err
	}
	modules, err := r.moduleEnv(ctx)
	if err != nil {
		return err
	}
	for _, t := range tools {
		began := time.Now()
		switch {
		case named[t.name] != "":
			if t.bin, err = filepath.Abs(named[t.name]); err != nil {
				return err
			}
			if _, err := os.Stat(t.bin); err != nil {
				return err
			}
			t.module = ""
			continue
		case t.name == "gorun":
			t.bin = filepath.Join(bin, "gorun"+exeSuffix)
			cache, err := userCache(ctx)
			if err != nil {
				return err
			}
			env := []string{"GOCACHE=" + cache}
			if _, err := r.output(ctx, r.checkout, env, "go", "build", "-o", t.bin, "."); err != nil {
				return err
			}
		case t.module != "":
			t.bin = filepath.Join(bin, t.name+exeSuffix)
			if _, err := os.Stat(t.bin); err == nil {
				continue // of an earlier run, with -work
			}
			env := append(modules, "GOBIN="+bin, "GOFLAGS=-modcacherw", "GOWORK=off")
			if _, err := r.output(ctx, r.work, env, "go", "install", t.module); err != nil {
				if ctx.Err() != nil {
					return err
				}
				t.absent = reason(err, t.module)
			}
		default:
			continue
		}
		r.log("install: %s, %.1fs %s", t.name, time.Since(began).Seconds(), t.absent)
	}
	return nil
}

var exeSuffix = map[string]string{"windows": ".exe"}[runtime.GOOS]

// userCache is the user's own GOCACHE, which has most of gorun's packages since this
// command was built.
func userCache(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOCACHE: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// moduleEnv makes the go command download into a module cache of the run's own,
// but not what the user's has already.
func (r *run) moduleEnv(ctx context.Context) ([]string, error) {
	out, err := r.output(ctx, r.work, nil, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return nil, err
	}
	line := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(line) != 2 {
		return nil, fmt.Errorf("go env printed %q", out)
	}
	have := filepath.ToSlash(filepath.Join(line[0], "cache", "download"))
	if !strings.HasPrefix(have, "/") {
		have = "/" + have
	}
	return []string{"GOMODCACHE=" + filepath.Join(r.work, "mod"), "GOPROXY=file://" + have + "," + line[1]}, nil
}

// reason is the go command's own, without the names around it.
func reason(err error, module string) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if i := strings.LastIndex(last, module+": "); i >= 0 {
		last = last[i+len(module)+2:]
	}
	return strings.TrimSuffix(last, ".")
}
