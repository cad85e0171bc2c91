package gocmd_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/gocmd"
)

// TestPriority shows what a tool, and what it starts, gets where others run, too.
func TestPriority(t *testing.T) {
	nice := func(p gocmd.Priority) int {
		t.Helper()
		r, err := gocmd.Tool{
			Argv: []string{"/bin/sh", "-c", "cat /proc/self/stat; exit 0"}, Env: os.Environ(), Priority: p,
		}.Run(t.Context())
		if err != nil || r.Status != 0 {
			t.Skipf("no shell: %v, status %d, %s", err, r.Status, r.Stderr)
		}
		// Fields after the command's name (proc_pid_stat(5)): the state is the third, nice the 19th.
		_, rest, _ := strings.Cut(string(r.Stdout), ") ")
		n, err := strconv.Atoi(strings.Fields(rest)[19-3])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	own := nice(gocmd.Normal)
	if got, want := nice(gocmd.Behind), min(own+10, 19); got != want {
		t.Errorf("behind: nice %d, want %d", got, want)
	}
	if got := nice(gocmd.Idle); got != 19 {
		t.Errorf("idle: nice %d, want 19", got)
	}
	if got := nice(gocmd.Normal); got != own {
		t.Errorf("what is waited for: nice %d after the others, before them %d", got, own)
	}
}
