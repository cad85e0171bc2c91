package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A run is what all measurements share.
type run struct {
	work     string // everything is in here; removed in the end
	env      []string
	goCmd    string
	checkout string // of gorun
	log      func(format string, args ...any)
}

// output runs a command to its end and returns its standard output.
func (r *run) output(ctx context.Context, dir string, env []string, argv ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(slices.Concat(r.env, env), "PWD="+dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, stderr.Bytes())
	}
	return stdout.Bytes(), nil
}

// moduleDir is the checkout of gorun that the command is run in.
func moduleDir() (string, error) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gorun-dev/gorun")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("this is no checkout of gorun: %w\n"+
			"run it in one, or name an executable with -tool gorun=FILE", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// environment is what everything that is measured gets.
func environment(work string) []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		// CI would make gorun choose -once.
		return name == "CI" || name == "PWD" || name == guardRole || strings.HasPrefix(name, "GORUN")
	})
	return lastWins(append(env,
		"GOCACHE="+filepath.Join(work, "gocache"),
		"GORUNCACHE="+filepath.Join(work, "goruncache"),
		"TMPDIR="+filepath.Join(work, "tmp"),
	))
}

// lastWins leaves out what is set again later. Not everything that starts a
// process does that.
func lastWins(env []string) []string {
	seen := make(map[string]bool)
	var kept []string
	for _, kv := range slices.Backward(env) {
		name, _, _ := strings.Cut(kv, "=")
		if !seen[name] {
			kept = append(kept, kv)
		}
		seen[name] = true
	}
	slices.Reverse(kept)
	return kept
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
