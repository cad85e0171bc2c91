package main

import (
	"os"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// A tool is not at rest while something works that it has detached.
func TestFamilyCPU(t *testing.T) {
	t.Parallel()
	script := `(setsid sh -c 'while :; do :; done' &) & exec sleep 1000`
	g, err := procgroup.Start(procgroup.Spec{Path: "/bin/sh", Args: []string{"sh", "-c", script}, Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	defer stopGroup(g)
	const enough = 500 * time.Millisecond
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if used, ok := familyCPU(g.Pid()); ok && used > enough {
			return
		}
	}
	used, ok := familyCPU(g.Pid())
	t.Errorf("a detached loop counts with %v, %v", used, ok)
}
